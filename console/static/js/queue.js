// The queue as it is now: the page is fetched again when an order moved, at most once in two seconds.

import { listen } from "./live.js";
import { byItself, getPage } from "./net.js";

const STATES = new Set(["confirmed", "dispatched", "accepted", "refused"]);
let soon = 0;

const refresh = byItself(async () => {
  soon = 0;
  const fresh = (await getPage(location.href)).getElementById("queue");
  const queue = document.getElementById("queue");
  if (!fresh || queue.contains(document.activeElement)) return;
  queue.replaceWith(fresh);
});

function refreshSoon() {
  if (!soon) soon = setTimeout(refresh, 700 + Math.random() * 1300);
}

listen(["cases"], {
  case: (told) => {
    if (STATES.has(told.state)) refreshSoon();
  },
  resync: refreshSoon,
});
