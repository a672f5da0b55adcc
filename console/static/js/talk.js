// The left side: a click plays that second of the recording, the sentence being played is marked, evidence lights up.

const transcript = document.getElementById("transcript");

const players = () => [...document.querySelectorAll("#recordings audio")];

// Of several recordings of a call the first one that reaches so far: that of the machine ends where a human takes over.
function playerOf(call, milliseconds) {
  const own = players().filter((player) => player.dataset.call === call);
  const reaching = own.find((player) => Number(player.dataset.lasts) >= milliseconds);
  return reaching ?? own[0] ?? players()[0];
}

// A pause that comes before the sound does is no failure.
const start = (player) => player.play().catch(() => {});

function play(call, milliseconds) {
  const player = playerOf(call, milliseconds);
  if (!player) return;
  const startThere = () => {
    // A breath earlier, so that the first syllable is whole.
    player.currentTime = Math.max(0, milliseconds / 1000 - 0.15);
    start(player);
  };
  if (player.readyState >= HTMLMediaElement.HAVE_METADATA) startThere();
  else {
    // Nothing of a recording is fetched before somebody wants to hear it: hearing is put on record.
    player.addEventListener("loadedmetadata", startThere, { once: true });
    player.preload = "auto";
    player.load();
  }
}

export function playOrPause() {
  const player = players().find((one) => !one.paused) ?? players()[0];
  if (!player) return;
  if (player.paused) start(player);
  else player.pause();
}

export function light(candidate) {
  for (const piece of transcript.querySelectorAll("[data-evidence]")) {
    piece.classList.toggle("lit", Boolean(candidate) && piece.dataset.evidence.split(" ").includes(candidate));
  }
  transcript.querySelector(".lit")?.scrollIntoView({ block: "nearest" });
}

function markWhatPlays(player) {
  const now = player.currentTime * 1000 + 160;
  let current = null;
  for (const button of transcript.querySelectorAll(".at")) {
    const isOfThis = button.dataset.call === player.dataset.call || players().length === 1;
    if (isOfThis && Number(button.dataset.play) <= now) current = button;
  }
  for (const line of transcript.querySelectorAll(".line")) {
    line.classList.toggle("playing", !player.paused && line === current?.closest(".line"));
  }
}

export function showRaw() {
  const wanted = document.getElementById("show-raw").checked;
  for (const raw of transcript.querySelectorAll(".raw")) raw.hidden = !wanted;
}

export function startTalk() {
  transcript.addEventListener("click", (event) => {
    const piece = event.target.closest("[data-ms], [data-play]");
    if (!piece) return;
    const call = piece.dataset.call ?? piece.closest(".line").querySelector(".at").dataset.call;
    play(call, Number(piece.dataset.play ?? piece.dataset.ms));
  });
  // Media events do not bubble; recordings may come later.
  const recordings = document.getElementById("recordings");
  for (const name of ["timeupdate", "pause", "play"]) {
    recordings.addEventListener(name, (event) => markWhatPlays(event.target), true);
  }
  document.getElementById("show-raw").addEventListener("change", showRaw);
  showRaw();
}
