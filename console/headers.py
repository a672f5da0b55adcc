"""Headers that every answer of the web process carries: what a browser may load, frame, keep and tell others."""

from urllib.parse import urlsplit

from flask import Flask, Response, request

from config.settings import Settings


def live_address(settings: Settings, host: str) -> str:
    """Where pages that were reached at `host` find the live process: a URL without path, empty for their own origin."""
    if not settings.is_local:
        return ""
    name = urlsplit(f"//{host}").hostname or settings.host
    return f"http://{f'[{name}]' if ':' in name else name}:{settings.live_port}"


def content_policy(live: str) -> str:
    """Only our own files; no inline script or style; nobody may frame us."""
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "media-src 'self'",
            f"connect-src 'self' {live}".rstrip(),
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


def add_headers(app: Flask, settings: Settings) -> None:
    def _add(answer: Response) -> Response:
        put = answer.headers.setdefault
        put("Content-Security-Policy", content_policy(live_address(settings, request.host)))
        put("X-Content-Type-Options", "nosniff")
        put("X-Frame-Options", "DENY")
        put("Referrer-Policy", "same-origin")
        put("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        put("Cross-Origin-Opener-Policy", "same-origin")
        if settings.public_url.startswith("https://"):
            put("Strict-Transport-Security", "max-age=31536000")
        if answer.mimetype == "text/html":
            put("Cache-Control", "no-store")
        return answer

    app.after_request(_add)
