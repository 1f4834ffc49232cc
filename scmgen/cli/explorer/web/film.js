// A film: the frames of clips, of which one is shown; and beside each factor its course through all of them.

const PACE = 120; // milliseconds of a frame
let rolling = null; // what plays

function layFilm() {
  document.body.classList.toggle("filmed", Boolean(scene.frames));
  for (const id of ["film", "span"]) $(id).hidden = !scene.frames;
  if (!scene.frames) return;
  for (const id of ["film-at", "at"]) $(id).max = scene.frames - 1;
  $("lasts").max = scene.frames;
}

function goToFrame(to) {
  if (!scene?.frames || !shown) return;
  gestured("frame");
  showFrame(Math.min(scene.frames - 1, Math.max(0, to)));
  note();
}

/** Show a frame of the answer that is there: nothing is asked. */
function showFrame(frame) {
  state.frame = accepted.frame = frame;
  showWorlds();
  markGraph();
  paint();
}

function play() {
  if (rolling) return stopFilm();
  if (!scene?.frames || !shown) return undefined;
  gestured("frame");
  rolling = setInterval(() => showFrame((frameNow() + 1) % scene.frames), PACE);
  return paintFilm();
}

function stopFilm() {
  if (!rolling) return;
  clearInterval(rolling);
  rolling = null;
  paintFilm();
  note();
}

function paintFilm() {
  if (!scene.frames) return;
  const [frame, [first, last]] = [frameNow(), spanOf(state)];
  const share = (number) => number / (scene.frames - 1);
  document.body.style.setProperty("--frame", share(frame));
  document.body.style.setProperty("--first", share(first));
  document.body.style.setProperty("--last", share(last));
  $("film").classList.toggle("done", Object.keys(held(state.do, state.step)).length > 0);
  $("film-at").value = frame;
  $("film-at").setAttribute("aria-valuetext", `frame ${frame} of 0 to ${scene.frames - 1}`);
  $("film-told").textContent = `${frame} / ${scene.frames - 1}`;
  $("film-play").classList.toggle("playing", Boolean(rolling));
  $("film-play").setAttribute("aria-label", rolling ? "Pause the clips" : "Play the clips");
  for (const [id, value] of [["at", first], ["lasts", state.lasts ?? ""]]) {
    if (document.activeElement !== $(id)) $(id).value = value;
  }
  $("here").disabled = frame === first;
}

/** In which frames a do holds, in words; nothing where all stands still. */
function spellSpan(of) {
  if (!scene.frames) return "";
  const [first, last] = spanOf(of);
  if (last === scene.frames - 1) return ` from frame ${first}`;
  return first === last ? ` in frame ${first}` : ` in frames ${first} to ${last}`;
}

/** The course of a factor through the frames, as it was and as it would have been. */
function layTrace(row) {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const [wide, tall] = [scene.frames - 1, 1];
  for (const [name, value] of Object.entries({ viewBox: `0 0 ${wide} ${tall}`, preserveAspectRatio: "none", "aria-hidden": "true" })) {
    picture.setAttribute(name, value);
  }
  row.lines = ["factual", "twin"].map((name) => {
    const line = document.createElementNS(picture.namespaceURI, "path");
    line.setAttribute("class", name);
    picture.append(line);
    return line;
  });
  row.trace = make("div", { class: "trace", hidden: "" }, picture);
  row.note.before(row.trace);
}

function paintTrace({ spec, trace, lines }) {
  const courses = worldsOf(shown.samples[0]).map(({ values }) => values[spec.name]);
  trace.hidden = !courses.some(Array.isArray);
  courses.forEach((course, k) => lines[k].setAttribute("d", pathOf(course, spec)));
}

function pathOf(course, { low, high, circular }) {
  const height = (value) => 1 - Math.min(1, Math.max(0, (value - low) / (high - low || 1)));
  return Array.from({ length: scene.frames }, (_, frame) => {
    const [value, before] = [atFrame(course, frame), atFrame(course, Math.max(0, frame - 1))];
    const jump = circular && Math.abs(value - before) > (high - low) / 2; // past the end of the circle
    return `${frame && !jump ? "L" : "M"}${frame} ${height(value).toFixed(3)}${jump ? "h0" : ""}`;
  }).join("");
}
