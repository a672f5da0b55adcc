// An operator's seat: the bar is renewed when the seat changes; the case of a caller who has been put through opens by itself.

import { elapsed } from "./clock.js";
import { byItself, getPage } from "./net.js";

const place = document.getElementById("seat-bar");
const words = JSON.parse(place.dataset.words);

function bar() {
  return document.getElementById("seat");
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function tick() {
  for (const element of place.querySelectorAll("[data-since]")) write(element, elapsed(element.dataset.since, words));
}

// A chosen but not yet sent reason or seat is kept, and so is the keyboard's place.
function isInUse() {
  return place.contains(document.activeElement) && document.activeElement.matches("select");
}

const renew = byItself(async () => {
  const page = await getPage(`${bar().dataset.bar}?back=${encodeURIComponent(location.pathname + location.search)}`);
  const fresh = page.getElementById("seat");
  if (fresh && !isInUse()) bar().replaceWith(document.adoptNode(fresh));
});

function isOpen(caseNo) {
  return document.getElementById("case")?.dataset.case === caseNo;
}

function say(text) {
  const notice = document.createElement("p");
  notice.className = "notice good";
  notice.setAttribute("role", "status");
  notice.textContent = text;
  document.getElementById("content").prepend(notice);
}

async function changed(told) {
  await renew();
  if (told.state !== "talking") return;
  if (isOpen(told.case_no)) return say(words.connected);
  // Whoever has written something into another case is not torn away from it: the bar has the way to the caller's.
  if (document.querySelector("#form[data-touched]")) return say(words.waiting);
  location.assign(bar().dataset.address);
}

function line(told) {
  write(place.querySelector('[data-line="waiting"]'), String(told.waiting));
  const longest = place.querySelector('[data-line="longest"]');
  if (told.longest_since) longest.dataset.since = told.longest_since;
  else {
    delete longest.dataset.since;
    write(longest, "—");
  }
  tick();
}

document.addEventListener("seat", (event) => changed(event.detail));
document.addEventListener("line", (event) => line(event.detail));
setInterval(tick, 1000);
