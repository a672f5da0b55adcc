// The page of one case: joins the talk, the form, the searches, the keys and the live updates.

import { addTile, choose, isTouched, startForm, takeFresh, valueOf } from "./form.js";
import { listen } from "./live.js";
import { byItself, get, post } from "./net.js";
import { startSearch } from "./search.js";
import { light, playOrPause, showRaw, startTalk } from "./talk.js";

const page = document.getElementById("case");
const form = document.getElementById("form");
const at = (id) => document.getElementById(id);

// What comes from the server replaces a part only when it is not being used.
function replace(id, html) {
  const part = at(id);
  if (!part || part.dataset.html === html) return;
  part.dataset.html = html;
  part.innerHTML = html;
}

function replaceTiles(id, field, html) {
  const group = at(id);
  if (isTouched(field) || group.contains(document.activeElement)) return;
  replace(id, html);
}

const ROUTED = [["category_code", "category_code"], ["location", "place"], ["urgency", "urgency"], ["kind", "kind"], ["summary", "summary"]];
let routing = 0;
const showRoute = byItself(async () => {
  const turn = (routing += 1);
  const asked = new URLSearchParams();
  for (const [field, name] of ROUTED) {
    asked.set(name, valueOf(field));
  }
  const told = await (await get(`${page.dataset.route}?${asked}`)).json();
  if (turn !== routing) return;
  at("route").innerHTML = told.html;
  showMissing(told.missing);
});

// Beside each field, in words. What the server refused stays red until it is mended.
function showMissing(missing) {
  for (const problem of form.querySelectorAll("[data-problem]")) {
    const text = missing[problem.dataset.problem] ?? "";
    if (text && problem.textContent !== text) problem.className = "needs";
    if (text || problem.className === "needs") problem.textContent = text;
    problem.hidden = !problem.textContent;
  }
}

let routeTimer = 0;
function routeSoon() {
  clearTimeout(routeTimer);
  routeTimer = setTimeout(showRoute, 250);
}

let busy = false;
let again = false;
const refresh = byItself(async () => {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    const fresh = await (await get(page.dataset.fresh)).json();
    take(fresh);
  } finally {
    busy = false;
  }
  if (again) {
    again = false;
    setTimeout(refresh, 300);
  }
});

function take(fresh) {
  // From a form to a sheet or back, or from "going on" to "to be confirmed": the buttons are others.
  if (fresh.state !== page.dataset.state) {
    if (!form || !fresh.is_editable) return void location.reload();
    page.dataset.state = fresh.state;
    replaceButtons(fresh);
  }
  replace("head", fresh.case_head);
  replace("calling", fresh.calling);
  showRevealed();
  keepReading(() => replace("transcript", fresh.transcript));
  showRaw();
  if (!isListening()) replace("recordings", fresh.recordings);
  replace("history", fresh.history);
  if (!form) return void replaceDone(fresh);
  if (at("articles") && !at("articles").contains(document.activeElement)) replace("articles", fresh.articles);
  if (!at("related").contains(document.activeElement)) replace("related", fresh.related);
  replaceTiles("categories", "category_code", fresh.categories);
  replaceTiles("places", "location", fresh.places);
  takeFresh(fresh);
  routeSoon();
}

function replaceDone(fresh) {
  if (fresh.done) document.querySelector(".work").innerHTML = fresh.done;
}

function replaceButtons(fresh) {
  const typed = new Map([...document.querySelectorAll(".ways [name]")].map((field) => [field.name, field.value]));
  document.querySelector(".ways").outerHTML = fresh.ways;
  for (const [name, value] of typed) {
    const field = document.querySelector(`.ways input[name="${name}"], .ways textarea[name="${name}"]`);
    if (field) field.value = value;
  }
  showKeysButton();
}

// Also while a recording that was clicked is still on its way: a player that is written anew would never play it.
const isListening = () =>
  [...document.querySelectorAll("#recordings audio")].some(
    (player) => player.preload === "auto" || !player.paused || player.currentTime > 0,
  );

// New sentences come at the end: who reads there stays there, who reads further up is left alone.
function keepReading(change) {
  const box = at("transcript");
  const wasAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  change();
  if (wasAtEnd) box.scrollTop = box.scrollHeight;
}

function startEvidence() {
  const of = (target) => target.closest?.("[data-evidence-of]")?.dataset.evidenceOf;
  form.addEventListener("pointerover", (event) => light(of(event.target)));
  form.addEventListener("pointerleave", () => light(of(document.activeElement)));
  form.addEventListener("focusin", (event) => light(of(event.target)));
  form.addEventListener("focusout", () => light(null));
}

// One that a search found stands open below those that are offered.
function startArticles(box) {
  startSearch(box, byItself(async (result) => {
    const told = await (await get(box.dataset.show.replace("/ID", `/${result.value}`))).json();
    at("found-article").innerHTML = told.html;
    document.activeElement?.blur();
  }));
  for (const id of ["articles", "found-article"]) {
    at(id).addEventListener("pointerover", (event) => light(event.target.closest("[data-evidence-of]")?.dataset.evidenceOf));
    at(id).addEventListener("pointerleave", () => light(null));
  }
}

// A number that was asked for stays, though the head is written anew.
const revealed = new Map();

function startReveal() {
  page.addEventListener("submit", async (event) => {
    const call = event.target.dataset.reveal;
    if (!call) return;
    event.preventDefault();
    const form = event.target;
    let told;
    try {
      told = await (await post(form.action)).json();
    } catch {
      // The page that the form itself leads to says what is wrong.
      return form.submit();
    }
    revealed.set(call, told.number);
    showRevealed();
  });
}

function showRevealed() {
  for (const [call, number] of revealed) {
    page.querySelector(`[data-number="${call}"]`).textContent = number;
    page.querySelector(`[data-reveal="${call}"]`)?.remove();
  }
}

// Whoever writes an answer or a reason means that, not the dispatch.
function sendNow() {
  const panel = document.activeElement?.closest(".panel, .calling-back");
  if (panel?.classList.contains("calling-back")) return;
  const button = panel ? panel.querySelector("button") : at("confirm");
  if (button && !button.disabled) form.requestSubmit(button);
}

function pick(digit) {
  const tile = form?.querySelector(`[data-key="${digit}"] input`);
  if (!tile) return false;
  choose(tile);
  light(tile.closest("[data-evidence-of]").dataset.evidenceOf);
  return true;
}

function showKeys() {
  const keys = at("keys");
  keys.hidden = !keys.hidden;
  at("show-keys").setAttribute("aria-expanded", String(!keys.hidden));
  if (!keys.hidden) keys.scrollIntoView({ block: "nearest" });
}

function showKeysButton() {
  const button = at("show-keys");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", showKeys);
}

const KEYS = {
  "/": () => at("category-words")?.focus(),
  ".": () => at("place-words")?.focus(),
  e: () => at("summary")?.focus(),
  p: playOrPause,
  // What was searched for and read last, else the likeliest.
  a: () => (at("answer-found") ?? at("answer-first"))?.click(),
  m: () => at("join")?.click(),
  g: () => at("join-event")?.click(),
  n: () => at("next")?.click(),
  "?": () => form && showKeys(),
  "？": () => form && showKeys(),
};

function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.metaKey) return;
    if (event.ctrlKey) {
      if (event.key === "Enter" && form) {
        event.preventDefault();
        sendNow();
      }
      return;
    }
    const isWriting = event.target.closest('textarea, select, input:not([type="radio"], [type="checkbox"])');
    if (event.key === "Escape") {
      for (const way of document.querySelectorAll(".way[open]")) way.open = false;
      document.activeElement?.blur();
      return;
    }
    if (isWriting && !event.altKey) return;
    const digit = event.code.startsWith("Digit") && !event.shiftKey ? event.code.slice(5) : event.key;
    if (/^[0-9]$/.test(digit)) {
      if (pick(digit)) event.preventDefault();
      return;
    }
    const act = event.altKey ? null : KEYS[event.key.toLowerCase()];
    if (!act || event.target.closest("summary, audio")) return;
    event.preventDefault();
    act();
  });
}

// The others see who is at work on the case; leaving gives it back, sending it does not.
async function startWork() {
  if (!page.dataset.take) return;
  let isSent = false;
  form.addEventListener("submit", () => (isSent = true));
  window.addEventListener("pagehide", () => {
    if (isSent) return;
    const body = new FormData();
    body.set("csrf_token", form.elements.csrf_token.value);
    navigator.sendBeacon(page.dataset.release, body);
  });
  await byItself(post)(page.dataset.take);
}

startTalk();
startKeys();
startReveal();
if (form) {
  startForm(routeSoon);
  startEvidence();
  showKeysButton();
  startWork();
  for (const [box, group, name] of [["category-words", "categories", "category_code"], ["place-words", "places", "place"]]) {
    startSearch(at(box).closest(".search"), (result) => addTile(at(group), name, result));
  }
  if (at("article-words")) startArticles(at("article-words").closest(".search"));
  at("summary").addEventListener("change", routeSoon);
}
listen([`case:${page.dataset.case}`], { case: refresh, resync: refresh });
