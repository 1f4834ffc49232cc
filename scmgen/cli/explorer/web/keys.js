// Keyboard shortcuts: the list that ? shows is the table that they come from.

const KEYS = [
  ["?", "this list", () => $("keys").showModal()],
  ["n", "next sample", () => go(1)],
  ["p", "previous sample", () => go(-1)],
  ["r", "new noise for the other world", () => $("resample").click()],
  ["s", "the same noise for both worlds", () => change({ noise: null }, "noise")],
  ["d", "show or hide the difference", () => $("compare").click()],
  ["b", "a second sample beside the first, or none", () => $("pair").click()],
  ["t", "then: a further step of the chain", () => $("then").click()],
  ["0", "undo everything", () => $("reset").click()],
  ["x", "stop what plays", () => { stopSweep(); stopFilm(); }],
  ["i", "save a picture", () => $("save").click()],
  ["]", "next step of the lesson", () => $("lesson-next").click()],
  ["[", "previous step of the lesson", () => $("lesson-back").click()],
  ["a", "reveal or hide the answer", () => { $("lesson-reveal").open = !$("lesson-reveal").open; }],
];
const FILM_KEYS = [
  ["k", "play the clips, or pause", () => play()],
  [".", "next frame", () => goToFrame(frameNow() + 1)],
  [",", "previous frame", () => goToFrame(frameNow() - 1)],
  ["f", "from this frame on the do holds", () => $("here").click()],
];
const keysNow = () => (scene?.frames ? [...KEYS, ...FILM_KEYS] : KEYS);

function layKeys() {
  const lines = keysNow().map(([key, meaning]) => make("li", {}, make("kbd", {}, key), ` ${meaning}`));
  $("keys-list").replaceChildren(...lines);
}

/** Single keys do something unless a text is written, a key is held with them, or they are switched off. */
function pressed(event) {
  const writing = event.target.closest?.("input:not([type=range], [type=checkbox], [type=radio]), select, textarea");
  if (writing || event.ctrlKey || event.metaKey || event.altKey || $("keys").open || event.defaultPrevented) return;
  if (event.key === "Escape") return void [stopSweep(), stopFilm()];
  const found = keysNow().find(([key]) => key === event.key);
  if (!found || (!$("keys-on").checked && event.key !== "?")) return;
  event.preventDefault();
  found[2]();
}
