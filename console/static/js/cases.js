// On tabs that are sorted by waiting, live_states names the states that belong there; elsewhere only known rows change.
// The live list: rows come, change, move and go without a reload; keys go through it.

import { elapsed, everySecond } from "./clock.js";
import { listen } from "./live.js";
import { freshMassEvents } from "./mass_events.js";
import { byItself, get } from "./net.js";

const section = document.querySelector(".rows");
const list = () => document.getElementById("rows");
const words = JSON.parse(list().dataset.words);
const states = new Set(list().dataset.states.split(" ").filter(Boolean));
const part = (row, name) => row.querySelector(`[data-part="${name}"]`);

function fill(row, told) {
  row.dataset.case = told.case_no;
  row.dataset.state = told.state;
  row.dataset.since = told.since;
  row.classList.toggle("urgent", told.urgent);
  const state = part(row, "state");
  state.className = `chip ${told.state}`;
  state.textContent = words.states[told.state];
  part(row, "urgent").hidden = !told.urgent;
  const urgency = part(row, "urgency");
  urgency.hidden = !told.urgency || told.urgency === "normal";
  urgency.className = `chip urgency-${told.urgency}`;
  urgency.textContent = words.urgencies[told.urgency] ?? "";
  const summary = part(row, "summary");
  summary.textContent = told.summary || (told.state === "open" ? words.listening : words.nothing);
  summary.href = list().dataset.place.replace("000000000000", told.case_no);
  for (const name of ["category", "place", "owner"]) part(row, name).textContent = told[name] ?? "";
  part(row, "number").textContent = `${told.case_no.slice(0, 6)} ${told.case_no.slice(6)}`;
  part(row, "sample").hidden = !told.sample;
  part(row, "since").textContent = elapsed(told.since, words);
  part(row, "since").title = "";
}

// Urgent first, calls that still go on last, then who waits longest: as the server sorts (intake/queries_cases.py).
const rank = (row) => [
  row.classList.contains("urgent") ? 0 : 1,
  row.dataset.state === "open" ? 1 : 0,
  Date.parse(row.dataset.since),
  row.dataset.case,
];

function isBefore(one, other) {
  const [a, b] = [rank(one), rank(other)];
  for (let place = 0; place < a.length; place += 1) if (a[place] !== b[place]) return a[place] < b[place];
  return false;
}

function place(row) {
  const next = [...list().children].find((other) => other !== row && isBefore(row, other)) ?? null;
  if (row.nextElementSibling === next && row.parentElement) return;
  const focused = row.contains(document.activeElement) ? document.activeElement : null;
  list().insertBefore(row, next);
  focused?.focus();
}

function take(told) {
  const known = list().querySelector(`[data-case="${told.case_no}"]`);
  if (!states.size) {
    if (known) fill(known, told);
    return;
  }
  if (!states.has(told.state)) {
    if (known) leave(known);
    return;
  }
  const row = known ?? document.getElementById("row").content.firstElementChild.cloneNode(true);
  fill(row, told);
  place(row);
  if (!known) row.classList.add("new");
  showWhetherEmpty();
}

function leave(row) {
  const hadFocus = row.contains(document.activeElement);
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  if (hadFocus) next?.querySelector("a").focus();
  showWhetherEmpty();
}

function showWhetherEmpty() {
  const isEmpty = list().children.length === 0;
  document.getElementById("none").hidden = !isEmpty;
  document.querySelector(".titles").hidden = isEmpty;
}

function showCounts(counts) {
  for (const [tab, count] of Object.entries(counts)) {
    const shown = document.querySelector(`[data-tab="${tab}"] .count`);
    if (shown) shown.textContent = count;
  }
}

const loadAfresh = byItself(async () => {
  const focused = document.activeElement?.closest?.(".row")?.dataset.case;
  const fresh = await (await get(list().dataset.fresh)).json();
  section.innerHTML = fresh.html;
  showCounts(fresh.counts);
  if (focused) list().querySelector(`[data-case="${focused}"] a`)?.focus();
});

// Counts come from the server, at most once in two seconds however many cases move.
let counting = 0;
function countSoon() {
  if (counting) return;
  counting = setTimeout(byItself(async () => {
    counting = 0;
    const fresh = await (await get(list().dataset.fresh.replace("/rows", "/counts"))).json();
    showCounts(fresh.counts);
  }), 1000 + Math.random() * 2000);
}

function walk(step) {
  const links = [...list().querySelectorAll("a.summary")];
  const at = links.indexOf(document.activeElement);
  links[Math.min(links.length - 1, Math.max(0, at + step))]?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.target.closest("input, select, textarea")) return;
  const keys = {
    j: () => walk(1),
    ArrowDown: () => walk(1),
    k: () => walk(-1),
    ArrowUp: () => walk(-1),
    n: () => document.getElementById("next").click(),
    "/": () => document.getElementById("words").focus(),
  };
  const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

everySecond(() => {
  for (const row of list().children) part(row, "since").textContent = elapsed(row.dataset.since, words);
});
listen(["cases"], {
  case: (told) => {
    take(told);
    countSoon();
  },
  "mass-event": freshMassEvents,
  resync: () => Promise.all([loadAfresh(), freshMassEvents()]),
});
