// One stream of live events for a page. After a cut it fetches a new ticket and goes on from the last position it saw.

import { SessionOver, post } from "./net.js";

const SILENCE_MS = 25000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15000;

export function listen(topics, handlers) {
  const sign = document.getElementById("live");
  if (!sign) return;
  // The operator's seat at the top of the page listens on the page's own stream.
  const isSeated = Boolean(document.getElementById("seat-bar"));
  const wanted = isSeated ? [...topics, "seat", "line"] : topics;
  let position = sign.dataset.after;
  let pause = FIRST_PAUSE_MS;
  let watchdog = 0;
  let source = null;

  const show = (isOn) => {
    sign.hidden = false;
    sign.classList.toggle("on", isOn);
    sign.classList.toggle("off", !isOn);
    const text = isOn ? sign.dataset.on : sign.dataset.off;
    if (sign.textContent !== text) sign.textContent = text;
  };

  const lost = () => {
    clearTimeout(watchdog);
    source?.close();
    source = null;
    show(false);
    // Pages that lost the same process do not come back in the same moment.
    setTimeout(open, pause * (0.5 + Math.random()));
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  };

  const alive = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(lost, SILENCE_MS);
  };

  const on = (name, handle) =>
    source.addEventListener(name, (event) => {
      alive();
      if (event.lastEventId) position = event.lastEventId;
      handle?.(JSON.parse(event.data));
    });

  async function open() {
    try {
      const { ticket } = await (await post(sign.dataset.ticket)).json();
      const query = new URLSearchParams({ ticket, after: position });
      for (const topic of wanted) query.append("topic", topic);
      source = new EventSource(`${sign.dataset.address}/live/events?${query}`);
    } catch (error) {
      if (error instanceof SessionOver) {
        window.addEventListener("session-back", open, { once: true });
        return show(false);
      }
      return lost();
    }
    source.onerror = lost;
    on("hello", () => {
      pause = FIRST_PAUSE_MS;
      show(true);
    });
    on("beat");
    on("resync", handlers.resync);
    for (const name of ["case", "board", "alarm", "line", "mass-event"]) if (handlers[name]) on(name, handlers[name]);
    if (isSeated) for (const name of ["seat", "line"]) on(name, (detail) => document.dispatchEvent(new CustomEvent(name, { detail })));
    alive();
  }

  window.addEventListener("pagehide", () => source?.close());
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) lost();
  });
  open();
}
