// Spans that grow while one looks: every element with data-since (ISO time) holds how long ago that was.

export function elapsed(since, words) {
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(since)) / 1000));
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  const [unit, above, below] = seconds < 86400 ? [words.hours, 3600, 60] : [words.days, 86400, 3600];
  const rest = Math.floor((seconds % above) / below);
  return unit.replace("{a}", Math.floor(seconds / above)).replace("{b}", rest);
}

export function everySecond(work) {
  work();
  setInterval(() => {
    if (!document.hidden) work();
  }, 1000);
}
