// The form: what the operator touched stays; what the machine hears meanwhile fills the rest; each field says where it comes from.

const form = () => document.getElementById("form");
const RADIOS = { category_code: "category_code", location: "place", urgency: "urgency", kind: "kind" };
const TEXTS = ["address", "summary", "note", "caller_name"];

const touched = new Set();
const base = new Map();

export const isTouched = (field) => touched.has(field);

export function valueOf(field) {
  if (field in RADIOS) return form().querySelector(`[name="${RADIOS[field]}"]:checked`)?.value ?? "";
  return form().elements[field].value;
}

export function remember() {
  for (const field of [...Object.keys(RADIOS), ...TEXTS]) base.set(field, valueOf(field));
}

function fieldOf(element) {
  if (element.name === "place") return "location";
  return element.name in RADIOS || TEXTS.includes(element.name) ? element.name : null;
}

export function noteChange(field) {
  const changed = valueOf(field) !== base.get(field);
  if (changed) touched.add(field);
  else if (!form().dataset.keep) touched.delete(field);
  form().toggleAttribute("data-touched", touched.size > 0);
  showMark(field, changed);
}

function showMark(field, changed) {
  const mark = form().querySelector(`[data-mark="${field}"]`);
  if (!mark) return;
  const words = JSON.parse(form().dataset.marks);
  const before = base.get(field);
  let source = mark.dataset.source;
  if (changed) source = before && source !== "typed" ? "edited" : "typed";
  if (!valueOf(field)) source = "";
  mark.className = `chip provenance from-${source}`;
  mark.textContent = words[source] ?? "";
  mark.hidden = !source;
}

function clearProblem(field) {
  const problem = form().querySelector(`[data-problem="${field}"]`);
  if (!problem || !valueOf(field)) return;
  problem.textContent = "";
  problem.hidden = true;
}

// The address that was said with a place goes with it, as long as nobody wrote another one.
function followPlace(radio) {
  const said = radio.dataset.address;
  if (said && !touched.has("address")) {
    form().elements.address.value = said;
    base.set("address", said);
    showMark("address", false);
  }
}

export function choose(radio) {
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
}

// A choice from the search box: a tile of its own, after the candidates.
export function addTile(group, name, result) {
  const known = [...group.querySelectorAll("input")].find((radio) => radio.value === result.value);
  if (known) {
    choose(known);
    known.focus();
    return;
  }
  for (const old of group.querySelectorAll(".tile.own, .none")) old.remove();
  const tile = document.createElement("label");
  tile.className = "tile own";
  const radio = Object.assign(document.createElement("input"), { type: "radio", name, value: result.value });
  const text = document.createElement("span");
  text.className = "tile-text";
  const title = Object.assign(document.createElement("span"), { className: "tile-name", textContent: result.name });
  const detail = Object.assign(document.createElement("span"), { className: "tile-detail", textContent: result.detail });
  text.append(title, " ", detail);
  tile.append(radio, text);
  group.append(tile);
  choose(radio);
  radio.focus();
}

// Fill in what the machine now thinks. False when somebody else wrote into a field that is touched here: then the version stays
// behind, and confirming shows both.
export function takeFresh(fresh) {
  let agrees = true;
  for (const [field, value] of Object.entries(fresh.fields)) {
    if (touched.has(field)) {
      if (value !== base.get(field) && fresh.provenance[field] !== "machine") agrees = false;
      continue;
    }
    if (field in RADIOS) {
      const radio = [...form().querySelectorAll(`[name="${RADIOS[field]}"]`)].find((one) => one.value === value);
      if (radio) radio.checked = true;
    } else if (document.activeElement !== form().elements[field]) {
      form().elements[field].value = value;
    }
    base.set(field, valueOf(field));
    const mark = form().querySelector(`[data-mark="${field}"]`);
    if (mark) mark.dataset.source = fresh.provenance[field] ?? (value ? "machine" : "");
    showMark(field, false);
  }
  if (agrees) form().elements.version.value = fresh.version;
  return agrees;
}

export function startForm(changed) {
  remember();
  // A form that came back with problems holds what the operator sent: nothing of it is the machine's to replace.
  if (form().dataset.keep) for (const field of base.keys()) touched.add(field);
  form().addEventListener("input", (event) => {
    const field = fieldOf(event.target);
    if (!field) return;
    noteChange(field);
    clearProblem(field);
  });
  form().addEventListener("change", (event) => {
    const field = fieldOf(event.target);
    if (!field) return;
    noteChange(field);
    clearProblem(field);
    if (field === "location") followPlace(event.target);
    changed();
  });
}
