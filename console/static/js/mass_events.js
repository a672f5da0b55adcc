// Mass events above the list and on the wallboard: asked for anew when one begins, changes or ends.

import { byItself, get } from "./net.js";

export const freshMassEvents = byItself(async () => {
  const box = document.getElementById("mass-events");
  // Whoever writes what callers are told is not disturbed.
  if (box.contains(document.activeElement)) return;
  box.innerHTML = (await (await get(box.dataset.fresh)).json()).html;
});
