// The queue as it is now: the page is fetched again when an order moved, at most once in two seconds.

import { listen } from "./live.js";

const STATES = new Set(["confirmed", "dispatched", "accepted", "refused"]);
let soon = 0;

async function refresh() {
  soon = 0;
  const answer = await fetch(location.href, { headers: { "X-By-Itself": "1" }, credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("queue");
  const queue = document.getElementById("queue");
  if (!fresh || queue.contains(document.activeElement)) return;
  queue.replaceWith(fresh);
}

function refreshSoon() {
  if (!soon) soon = setTimeout(refresh, 700 + Math.random() * 1300);
}

listen(["cases"], {
  case: (told) => {
    if (STATES.has(told.state)) refreshSoon();
  },
  resync: refreshSoon,
});
