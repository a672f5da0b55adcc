// A box that finds categories or places while one types, and puts the choice among the tiles.

import { byItself, get } from "./net.js";

const PAUSE_MS = 120;

export function startSearch(box, choose) {
  const input = box.querySelector("input");
  const found = document.createElement("ul");
  found.className = "found";
  found.id = `${input.id}-found`;
  found.setAttribute("role", "listbox");
  found.hidden = true;
  box.append(found);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-controls", found.id);
  input.setAttribute("aria-autocomplete", "list");
  // With the script the choice is a tile; the words themselves are sent only without it.
  input.removeAttribute("name");

  let results = [];
  let at = 0;
  let asked = 0;
  let timer = 0;

  const close = () => {
    found.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  close();

  const mark = (next) => {
    at = next;
    [...found.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
    found.children[at]?.scrollIntoView({ block: "nearest" });
    if (results.length) input.setAttribute("aria-activedescendant", `${found.id}-${at}`);
  };

  const take = (index) => {
    const result = results[index];
    if (!result) return;
    input.value = "";
    close();
    choose(result);
  };

  const show = () => {
    found.replaceChildren(...results.map(item));
    if (!results.length) {
      const none = document.createElement("li");
      none.className = "none";
      none.textContent = box.dataset.nothing;
      found.append(none);
    }
    found.hidden = false;
    input.setAttribute("aria-expanded", "true");
    mark(0);
  };

  const item = (result, index) => {
    const entry = document.createElement("li");
    entry.id = `${found.id}-${index}`;
    entry.setAttribute("role", "option");
    const name = document.createElement("span");
    name.textContent = result.name;
    const detail = document.createElement("span");
    detail.className = "detail";
    detail.textContent = [result.detail, result.note].filter(Boolean).join("　");
    entry.append(name, detail);
    entry.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      take(index);
    });
    return entry;
  };

  const ask = byItself(async () => {
    const words = input.value.trim();
    const turn = (asked += 1);
    if (!words) return close();
    const answer = await get(`${box.dataset.search}?${new URLSearchParams({ words })}`);
    const told = await answer.json();
    if (turn !== asked || document.activeElement !== input) return;
    results = told.results;
    show();
  });

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  });
  input.addEventListener("blur", close);
  // Somebody may type before this script is here.
  if (document.activeElement === input) ask();
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || found.hidden || event.ctrlKey) return;
    const act = {
      ArrowDown: () => mark(Math.min(results.length - 1, at + 1)),
      ArrowUp: () => mark(Math.max(0, at - 1)),
      Enter: () => take(at),
      Escape: close,
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
}
