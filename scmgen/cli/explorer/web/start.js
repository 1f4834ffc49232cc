// The scene is laid out, controls are given their work, and the state of the address is shown.

function lay(described) {
  const first = !scene;
  const before = scene;
  scene = described;
  document.title = `${scene.lesson ? `${scene.lesson.title} · ` : ""}${scene.name} · scmgen explore`;
  $("name").textContent = scene.name;
  $("description").textContent = scene.lesson ? "" : scene.description; // which may tell an answer
  $("reload").hidden = Boolean(recording) || !(scene.file || scene.lesson?.own);
  rows.clear();
  $("factors").replaceChildren(...scene.factors.map((factor) => layRow("do", factor)));
  layMore("parameters", scene.parameters.map((each) => ({ levels: [], unit: "", ...each })));
  layMore("u", scene.noise.map((name) => ({ name, levels: [], unit: "", low: 0, high: 1, step: 0.01, long_name: longName(name) })));
  const constants = scene.parameters.map(({ name, value }) => layLine([name], "=", value));
  $("equations").replaceChildren(...constants, ...scene.equations.map((e) => layLine(e.targets, ":=", e.text)));
  layGraph(scene.graph);
  layFilm();
  layKeys();
  shown = null;
  if (first) return begin();
  state = { ...state, ...whatFits(), seed: state.seed === before.seed ? scene.seed : state.seed, lesson: fitLesson(state.lesson) };
  showLesson();
  return ask();
}

const longName = (name) => scene.factors.find((factor) => factor.name === name)?.long_name ?? "";

function layMore(kind, specs) {
  const there = specs.length > 0 && (!recording || kind in recording.grid);
  $(`${kind}-box`).hidden = !there;
  $(`${kind}-count`).textContent = specs.length;
  $(kind).replaceChildren(...(there ? specs.map((spec) => layRow(kind, spec)) : []));
}

/** Of the state what a scene that was read again has a place for. */
function whatFits() {
  const fits = ([name, act]) => scene.factors.some((f) => f.name === name && (isSoft(act) || (act >= f.low && act <= f.high)));
  const kept = (values, names) => Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
  return {
    do: state.do.map((step) => Object.fromEntries(Object.entries(step).filter(fits))),
    parameters: kept(state.parameters, scene.parameters.map((each) => each.name)), u: kept(state.u, scene.noise),
    ...(scene.frames ? {} : { at: null, lasts: null }),
  };
}

function begin() {
  state.size = recording?.size ?? scene.size;
  document.body.classList.toggle("recorded", Boolean(recording));
  if (![...$("size").options].some(({ text }) => Number(text) === scene.size)) $("size").prepend(make("option", {}, scene.size));
  if (!wordsOf(location.hash).length && lessonSteps().length && !scene.lesson.about) {
    state = fresh();
    setStep(0);
    gesture.fresh = false;
    return undefined;
  }
  return restore(location.hash);
}

function layLine(targets, sign, text) {
  const factor = targets.some((name) => rows.has(`do.${name}`));
  const line = make("span", {}, `${targets.join(", ")} ${sign} ${text}`);
  return make("li", { class: factor ? "factor-line" : "", "data-targets": targets.join(" ") }, line);
}

async function read(path) {
  try {
    await lay(await post(path, {}));
  } catch (error) {
    complain(error.message);
  }
}

async function copy(button, text, place) {
  const words = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    if (place) getSelection().selectAllChildren(place);
    button.textContent = place ? "Selected: press Ctrl+C" : "Copy it from the address bar";
  }
  setTimeout(() => { button.textContent = words; }, 2000);
}

function other() {
  const drawn = Math.floor(Math.random() * 399); // of the samples that one contact sheet can show
  const known = recording && recordedSamples(state.seed).filter((index) => index !== state.index);
  if (known) return known[Math.floor(Math.random() * known.length)] ?? state.index;
  return drawn < state.index ? drawn : drawn + 1;
}

function go(by) {
  const known = recording && recordedSamples(state.seed);
  const at = known?.indexOf(state.index);
  goTo(known ? known[Math.min(known.length - 1, Math.max(0, at + by))] : state.index + by);
}

function goTo(to) {
  const index = Math.min(999999, Math.max(0, Math.trunc(to)));
  change({ index, noise: state.noise === index ? index + 1 : state.noise }, "index");
}

function listen() {
  const click = (id, act) => $(id).addEventListener("click", act);
  const changes = (id, act) => $(id).addEventListener("change", (event) => act(event.target));
  click("previous", () => go(-1));
  click("next", () => go(1));
  changes("index", (field) => goTo(field.valueAsNumber || 0));
  changes("seed", (field) => change({ seed: Number.isNaN(field.valueAsNumber) ? 0 : field.valueAsNumber }, "seed"));
  changes("size", (field) => change({ size: Number(field.value) }, "size"));
  changes("beside", (field) => change({ beside: Math.max(0, Math.trunc(field.valueAsNumber || 0)) }, "beside"));
  changes("pair", (box) => change({ beside: box.checked ? other() : null }, "beside"));
  changes("compare", (box) => change({ difference: box.checked }, "difference"));
  click("resample", () => change({ noise: other() }, "noise"));
  for (const radio of document.querySelectorAll("[name=noise]")) {
    radio.addEventListener("change", () => change({ noise: radio.value === "same" ? null : other() }, "noise"));
  }
  click("reset", () => change({ do: [{}], step: 0, parameters: {}, u: {}, at: null, lasts: null }, "reset"));
  click("film-play", play);
  click("film-back", () => goToFrame(frameNow() - 1));
  click("film-on", () => goToFrame(frameNow() + 1));
  $("film-at").addEventListener("input", (event) => { stopFilm(); goToFrame(event.target.valueAsNumber); });
  changes("at", (field) => change({ at: Number.isNaN(field.valueAsNumber) ? null : field.valueAsNumber }, "span"));
  changes("lasts", (field) => change({ lasts: Number.isNaN(field.valueAsNumber) ? null : field.valueAsNumber }, "span"));
  click("here", () => change({ at: frameNow() }, "span"));
  click("reload", () => read("/api/reload"));
  click("then", then);
  click("unstep", unstep);
  click("save", savePicture);
  click("share", (event) => { noteNow(); copy(event.currentTarget, location.href); });
  click("keys-open", () => $("keys").showModal());
  click("keys-close", () => $("keys").close());
  click("lesson-next", () => turnTo(state.lesson === null ? 0 : state.lesson + 1));
  click("lesson-back", () => turnTo(state.lesson - 1));
  click("lesson-again", () => setStep(state.lesson));
  click("graph", (event) => {
    const node = event.target.closest("[data-node]");
    if (node) toggle(rows.get(`do.${node.dataset.node}`));
  });
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", () => copy(button, $(button.dataset.copy).textContent, $(button.dataset.copy)));
  }
  document.addEventListener("keydown", pressed);
  addEventListener("popstate", travel);
  addEventListener("pagehide", noteNow);
}

listen();
read("/api/scene");
