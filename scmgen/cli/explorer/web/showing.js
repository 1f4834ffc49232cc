// Showing an answer: the worlds, what moved, and the code.

let quiet = 0;

const worldsOf = (sample) => [sample.worlds[0], sample.worlds[Math.min(state.step + 1, sample.worlds.length - 1)]];
const factualWorld = () => stillOf(worldsOf(shown.samples[0])[0]);
const twinWorld = () => stillOf(worldsOf(shown.samples[0])[1]);

function movedFactors() {
  const [factual, twin] = [factualWorld().values, twinWorld().values];
  return scene.factors.map((factor) => factor.name).filter((name) => factual[name] !== twin[name]);
}

function show(answer, force = false) {
  shown = answer;
  showWorlds();
  showDifference();
  document.body.classList.toggle("coarse", accepted.size < 128);
  for (const name of ["python", "command"]) $(name).textContent = answer[name];
  $("again").textContent = againWords();
  $("told").textContent = recording ? recordingWords() : `Computed and drawn in ${answer.milliseconds.toFixed(1)} ms.`;
  markGraph();
  for (const item of $("equations").children) rewrite(item, held(accepted.do, accepted.step));
  showChain();
  paint(force);
  clearTimeout(quiet);
  quiet = setTimeout(() => announce(spellDo(held(accepted.do, accepted.step))), 500);
}

function showWorlds() {
  const fresh = accepted.noise !== null;
  const told = spellDo(held(accepted.do, accepted.step));
  const kind = fresh ? "Intervention" : "Counterfactual";
  const done = told ? `do(${told})${spellSpan(accepted)}` : "no do yet";
  put("factual", "Factual", factualWorld(), `sample ${accepted.index}${Object.keys(accepted.u).length ? ", its noise changed" : ""}`);
  put("twin", kind, twinWorld(), done + (fresh ? `, noise of sample ${accepted.noise}` : ""));
  showBeside(done);
}

function put(name, kind, world, told) {
  if ($(name).src !== world.image) $(name).src = world.image;
  $(name).alt = `${kind === "Factual" ? "Factual image" : kind}: ${worded(world.values)}`;
  $(`${name}-kind`).textContent = kind;
  $(`${name}-told`).textContent = told;
}

function showBeside(done) {
  const other = shown.samples[1];
  for (const figure of document.querySelectorAll(".second")) figure.hidden = !other;
  $("worlds").classList.toggle("two", Boolean(other));
  if (!other) return;
  const [factual, twin] = worldsOf(other).map(stillOf);
  put("beside-factual", "Factual", factual, `sample ${other.index}`);
  put("beside-twin", "Counterfactual", twin, `${done}, its own noise`);
}

const worded = (values) => scene.factors.map((f) => `${f.name} ${spell(f, values[f.name])}`).join(", ");

function announce(told) {
  const done = held(accepted.do, accepted.step);
  const others = movedFactors().filter((name) => !(name in done));
  $("live").textContent = `${told ? `do(${told})${spellSpan(accepted)}. ` : ""}Moved${scene.frames ? ` in frame ${frameNow()}` : ""}: ${others.join(", ") || "no other factor"}.`;
}

function againWords() {
  const at = spellState({ ...accepted, lesson: null });
  return at ? `${scene.command} --at '${at.replaceAll("'", "%27")}'` : scene.command;
}

function recordingWords() {
  const [samples, pictures] = [recording.samples.length, recording.pictures.length.toLocaleString("en")];
  return `A recording: ${pictures} pictures of ${samples} samples, values on a grid. ${scene.command} draws any value.`;
}

/** The largest change of a channel, its root, which shows faint changes too: black where there is none. */
async function showDifference() {
  const [about, wanted] = [shown, accepted.difference];
  $("difference-figure").hidden = !wanted;
  $("worlds").classList.toggle("three", wanted);
  if (!wanted) return;
  const [one, other] = await Promise.all([factualWorld(), twinWorld()].map(pixelsOf));
  if (about !== shown) return;
  for (let k = 0; k < one.data.length; k += 4) {
    const largest = Math.max(...[0, 1, 2].map((c) => Math.abs(one.data[k + c] - other.data[k + c])));
    one.data.fill(Math.round(255 * Math.sqrt(largest / 255)), k, k + 3);
  }
  const canvas = make("canvas", { width: one.width, height: one.height });
  canvas.getContext("2d").putImageData(one, 0, 0);
  $("difference").src = canvas.toDataURL();
}

async function pixelsOf(world) {
  const image = new Image();
  image.src = world.image;
  await image.decode();
  const canvas = make("canvas", { width: image.naturalWidth, height: image.naturalHeight });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

function rewrite(item, done) {
  const targets = item.dataset.targets.split(" ").filter((name) => name in done);
  item.classList.toggle("replaced", targets.some((name) => !isSoft(done[name])));
  const words = targets.map((name) => (isSoft(done[name]) ? spellAction({ name }, done[name]) : `${name} := ${short(done[name])}`));
  item.replaceChildren(item.firstChild, ...words.map((text) => make("ins", {}, text)));
}
