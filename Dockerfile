# One image for every role: `docker run IMAGE` starts all of them, `docker run IMAGE flask serve --role media` one.
FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --uid 10001 intake && install -d -o intake -g intake /srv/hotline /data
USER intake
WORKDIR /srv/hotline
COPY --chown=intake:intake requirements.txt requirements.lock Makefile ./
COPY --chown=intake:intake deploy ./deploy
COPY --chown=intake:intake console ./console
RUN make setup && .venv/bin/python -m compileall -q -j 0 .venv/lib
COPY --chown=intake:intake . .
RUN .venv/bin/python -m classifier.build
ENV PATH=/srv/hotline/.venv/bin:$PATH HOTLINE_VAR=/data HOTLINE_HOST=0.0.0.0
VOLUME /data
EXPOSE 8000 8001 8002
CMD ["flask", "serve"]
