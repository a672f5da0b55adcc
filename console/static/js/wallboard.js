// The wallboard: figures as they come, stamped with the age of the data; old data says so itself.

import { elapsed } from "./clock.js";
import { listen } from "./live.js";
import { freshMassEvents } from "./mass_events.js";

const OLD_AFTER_MS = 5000;

const board = document.getElementById("board");
const words = JSON.parse(board.dataset.words);
let shown = JSON.parse(board.dataset.first);
let line = JSON.parse(board.dataset.line);
// When the figures came, by this machine's own clock: the two clocks need not agree.
let cameAt = Date.now();

function write(element, text) {
  if (element && element.textContent !== String(text)) element.textContent = text;
}

function seconds(value) {
  if (value === null) return "—";
  if (value < 120) return words.seconds.replace("{n}", value < 10 ? value.toFixed(1) : Math.round(value));
  return elapsed(new Date(Date.now() - value * 1000).toISOString(), words);
}

function show(told) {
  shown = told;
  cameAt = Date.now();
  for (const name of ["calls_now", "calls_today", "urgent_waiting", "dead_letters"]) {
    write(board.querySelector(`[data-figure="${name}"]`), told[name]);
  }
  const most = Math.max(1, ...[...board.querySelectorAll("[data-bar]")].map((bar) => told.states[bar.dataset.bar] ?? 0));
  for (const state of board.querySelectorAll("[data-state]")) write(state, told.states[state.dataset.state] ?? 0);
  for (const bar of board.querySelectorAll("[data-bar]")) {
    bar.max = most;
    bar.value = told.states[bar.dataset.bar] ?? 0;
  }
  for (const figure of board.querySelectorAll("[data-alarm]")) figure.classList.toggle("alarm", told[figure.dataset.alarm] > 0);
  for (const figure of board.querySelectorAll("[data-mind]")) figure.classList.toggle("mind", told.states[figure.dataset.mind] > 0);
  for (const span of board.querySelectorAll("[data-span]")) {
    const [group, figure] = span.dataset.span.split(".");
    write(span, seconds(told[group][figure]));
  }
  for (const count of board.querySelectorAll("[data-count]")) {
    write(count, words.count.replace("{n}", told[count.dataset.count].count));
  }
  tick();
}

function tick() {
  write(board.querySelector('[data-figure="oldest"]'), shown.oldest_waiting_at ? elapsed(shown.oldest_waiting_at, words) : "—");
  write(board.querySelector('[data-queue="longest"]'), line.longest_since ? elapsed(line.longest_since, words) : "—");
  const stamp = document.getElementById("stamp");
  const isOld = Date.now() - cameAt > OLD_AFTER_MS;
  const at = new Date(shown.as_of).toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" });
  stamp.classList.toggle("old", isOld);
  write(stamp, (isOld ? words.old : words.fresh).replace("{at}", at));
}

function alarm(told) {
  const notice = document.getElementById("alarm");
  const text = words.alarms[told.code];
  if (!text) return;
  const at = new Date(told.at).toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" });
  notice.textContent = `${at}　${text}`;
  notice.hidden = false;
}

function showLine(told) {
  line = told;
  write(board.querySelector('[data-queue="waiting"]'), told.waiting);
  write(board.querySelector('[data-queue="answered"]'), told.answered);
  write(board.querySelector('[data-queue="share"]'), told.share_in_time === null ? "—" : `${Math.round(100 * told.share_in_time)}%`);
  const seated = Math.max(1, Object.values(told.seats).reduce((sum, count) => sum + count, 0));
  for (const count of board.querySelectorAll("[data-seats]")) write(count, told.seats[count.dataset.seats] ?? 0);
  for (const bar of board.querySelectorAll("[data-seat-bar]")) {
    bar.max = seated;
    bar.value = told.seats[bar.dataset.seatBar] ?? 0;
  }
  tick();
}

show(shown);
showLine(line);
setInterval(tick, 1000);
listen(["board"], { board: show, alarm, line: showLine, "mass-event": freshMassEvents, resync: freshMassEvents });
