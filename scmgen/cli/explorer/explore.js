"use strict";

const $ = (id) => document.getElementById(id);
const token = new URLSearchParams(location.hash.slice(1)).get("token") || "";
const rows = new Map(); // factor name -> the elements of its row
let scene = null;
let shown = null; // the last answer
let state = { seed: 0, index: 0, noise: null, size: 256, do: {} }; // noise: null for that of the sample itself
let accepted = state;
let [asking, changed] = [false, false]; // changed since the question that is under way
let quiet = 0;

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const short = (value) => String(Number(value.toPrecision(4)));

function spell(factor, value) {
  if (factor.levels.length) return factor.levels[value] ?? short(value);
  return factor.unit ? `${short(value)} ${factor.unit}` : short(value);
}

// Asking: one question at a time, and always the newest next, so that no old answer follows a new one.

async function post(path, data) {
  const headers = { "Content-Type": "application/json", "X-Scmgen-Token": token };
  let response, answer;
  try {
    response = await fetch(path, { method: "POST", headers, body: JSON.stringify(data) });
    answer = await response.json();
  } catch {
    throw new Error("The server does not answer; is scmgen explore still running?");
  }
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

async function ask() {
  changed = true;
  if (asking) return;
  asking = true;
  while (changed) {
    changed = false;
    const [asked, about] = [structuredClone(state), scene];
    try {
      const answer = await post("/api/world", { ...asked, noise: asked.noise ?? asked.index });
      if (about !== scene) continue; // the file was read again meanwhile
      if (!changed) state.do = answer.do;
      accepted = { ...asked, do: answer.do };
      complain("");
      show(answer);
    } catch (error) {
      if (changed) continue;
      state = structuredClone(accepted);
      complain(error.message);
      if (shown) show(shown, true);
    }
  }
  asking = false;
}

const complain = (message) => { $("problem").textContent = message; };

function change(part) {
  state = { ...state, ...part };
  ask();
}

function intervene(name, value) {
  state.do = { ...state.do };
  if (value === null) delete state.do[name];
  else state.do[name] = value;
  paint();
  ask();
}

// Showing

function show(answer, force = false) {
  shown = answer;
  for (const name of ["factual", "twin"]) $(name).src = answer[name].image;
  $("difference").src = answer.difference;
  const fresh = accepted.noise !== null;
  const done = scene.factors.filter((factor) => factor.name in answer.do);
  const told = done.map((factor) => `${factor.name} = ${spell(factor, answer.do[factor.name])}`).join(", ");
  $("factual-told").textContent = `sample ${accepted.index}`;
  $("twin-kind").textContent = fresh ? "Intervention" : "Counterfactual";
  $("twin-told").textContent = (told ? `do(${told})` : "no do yet") + (fresh ? `, noise of sample ${accepted.noise}` : "");
  $("factual").alt = `Factual image: ${worded(answer.factual.values)}`;
  $("twin").alt = `${$("twin-kind").textContent}: ${worded(answer.twin.values)}`;
  document.body.classList.toggle("coarse", accepted.size < 256);
  for (const name of ["python", "command"]) $(name).textContent = answer[name];
  $("told").textContent = `Computed and drawn in ${answer.milliseconds.toFixed(1)} ms.`;
  drawGraph(answer);
  for (const item of $("equations").children) rewrite(item, answer.do);
  paint(force);
  clearTimeout(quiet);
  quiet = setTimeout(() => announce(told, answer), 500);
}

const worded = (values) => scene.factors.map((f) => `${f.name} ${spell(f, values[f.name])}`).join(", ");

function announce(told, answer) {
  const others = answer.moved.filter((name) => !(name in answer.do));
  $("live").textContent = `${told ? `do(${told}). ` : ""}Moved: ${others.join(", ") || "no other factor"}.`;
}

function drawGraph(answer) {
  const picture = new DOMParser().parseFromString(answer.graph, "image/svg+xml").documentElement;
  for (const node of picture.querySelectorAll("[data-node]")) {
    node.classList.toggle("moved", answer.moved.includes(node.dataset.node) && !(node.dataset.node in answer.do));
  }
  $("graph").replaceChildren(document.importNode(picture, true));
}

function rewrite(item, done) {
  const targets = item.dataset.targets.split(" ").filter((name) => name in done);
  item.classList.toggle("replaced", targets.length > 0);
  item.replaceChildren(item.firstChild, ...targets.map((name) => make("ins", {}, `${name} := ${short(done[name])}`)));
}

function paint(force = false) {
  if (!shown) return;
  for (const factor of scene.factors) {
    const done = factor.name in state.do;
    const value = done ? state.do[factor.name] : shown.twin.values[factor.name];
    const row = rows.get(factor.name);
    const moved = !done && shown.moved.includes(factor.name);
    row.item.classList.toggle("done", done);
    row.item.classList.toggle("moved", moved);
    row.toggle.checked = done;
    row.put(value, shown.factual.values[factor.name], force);
    row.note.textContent = note(factor, done, moved, shown.factual.values[factor.name], value);
  }
  $("reset").disabled = !Object.keys(state.do).length;
  for (const name of ["index", "seed", "size"]) if (force || document.activeElement !== $(name)) $(name).value = state[name];
  document.querySelector(`[name=noise][value=${state.noise === null ? "same" : "new"}]`).checked = true;
}

function note(factor, done, moved, factual, value) {
  const causes = factor.causes.join(", ");
  const was = `was ${spell(factor, factual)}`;
  if (done) return causes ? `${was} · cut off from ${causes}` : was;
  if (moved) return factor.levels.length ? `moved, ${was}` : `moved by ${signed(factor, value - factual)}, ${was}`;
  return causes ? `follows ${causes}` : "follows nothing but its noise";
}

function signed(factor, change) {
  const turn = factor.high - factor.low;
  const way = factor.circular ? change - turn * Math.round(change / turn) : change; // the shorter way round
  return (way > 0 ? "+" : "") + short(way);
}

// Rows

function layRow(factor) {
  const item = $("row").content.firstElementChild.cloneNode(true);
  const row = { item, toggle: item.querySelector(".do input"), note: item.querySelector(".note") };
  item.dataset.factor = factor.name;
  item.querySelector("code").textContent = factor.name;
  item.querySelector(".long").textContent = factor.long_name;
  row.toggle.setAttribute("aria-label", `do ${factor.name}`);
  row.toggle.addEventListener("change", () => toggle(factor.name));
  Object.assign(row, (factor.levels.length ? layLevels : laySlider)(factor, item.querySelector(".body")));
  rows.set(factor.name, row);
  return item;
}

function toggle(name) {
  if (shown) intervene(name, name in state.do ? null : shown.twin.values[name]);
}

function laySlider(factor, body) {
  const { low: min, high: max, step } = factor;
  const label = `${factor.name}${factor.long_name ? `, ${factor.long_name}` : ""}`;
  const slider = make("input", { type: "range", min, max, step, "aria-label": label });
  const bounds = factor.circular ? {} : { min, max };
  const field = make("input", { type: "number", ...bounds, step, "aria-label": `${factor.name}, as a number` });
  const tick = make("span", { class: "tick", "aria-hidden": "true" });
  const share = (value) => Math.min(1, Math.max(0, (value - min) / (max - min)));
  body.className = "body slider";
  body.append(make("div", { class: "track" }, slider, tick), field, make("span", { class: "unit" }, factor.unit));
  slider.addEventListener("input", () => intervene(factor.name, Number(slider.value)));
  field.addEventListener("change", () => intervene(factor.name, field.value === "" ? null : Number(field.value)));
  if (factor.circular) slider.addEventListener("keydown", (event) => turn(event, factor, Number(slider.value)));
  const put = (value, factual, force) => {
    slider.value = value;
    slider.setAttribute("aria-valuetext", spell(factor, value));
    tick.style.setProperty("--at", share(factual));
    if (force || document.activeElement !== field) field.value = short(value);
  };
  return { put };
}

function turn(event, factor, value) {
  const by = factor.step * ({ ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key] ?? 0);
  if (!by || (value + by >= factor.low && value + by <= factor.high)) return;
  event.preventDefault();
  intervene(factor.name, by > 0 ? factor.low : factor.high);
}

function layLevels(factor, body) {
  const group = make("fieldset", {}, make("legend", { class: "unseen" }, factor.name));
  const buttons = factor.levels.map((level, index) => {
    const input = make("input", { type: "radio", name: `level-${factor.name}`, value: index });
    input.addEventListener("change", () => intervene(factor.name, index));
    group.append(make("label", {}, input, make("span", {}, level)));
    return input;
  });
  body.className = "body levels";
  body.append(group);
  const put = (value, factual) => buttons.forEach((input, index) => {
    input.checked = index === value;
    input.parentElement.classList.toggle("factual", index === factual);
  });
  return { put };
}

// The scene

function lay(described) {
  if (!scene) state.seed = described.seed;
  scene = described;
  document.title = `${scene.name} · scmgen explore`;
  $("name").textContent = scene.name;
  $("description").textContent = scene.description;
  $("reload").hidden = !scene.file;
  rows.clear();
  $("factors").replaceChildren(...scene.factors.map(layRow));
  const constants = Object.entries(scene.parameters).map(([name, value]) => layLine([name], "=", value));
  $("equations").replaceChildren(...constants, ...scene.equations.map((e) => layLine(e.targets, ":=", e.text)));
  const fits = ([name, value]) => scene.factors.some((f) => f.name === name && value >= f.low && value <= f.high);
  state.do = Object.fromEntries(Object.entries(state.do).filter(fits));
  shown = null;
  return ask();
}

function layLine(targets, sign, text) {
  const factor = targets.some((name) => rows.has(name));
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

async function copy(button) {
  const text = $(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(text.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(text);
    button.textContent = "Selected: press Ctrl+C";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
}

function other() {
  const drawn = Math.floor(Math.random() * 399); // of the samples that one contact sheet can show
  return drawn < state.index ? drawn : drawn + 1;
}

function go(to) {
  const index = Math.min(999999, Math.max(0, to));
  change({ index, noise: state.noise === index ? index + 1 : state.noise });
}

$("previous").addEventListener("click", () => go(state.index - 1));
$("next").addEventListener("click", () => go(state.index + 1));
$("index").addEventListener("change", (event) => go(event.target.valueAsNumber || 0));
$("seed").addEventListener("change", (event) => change({ seed: event.target.valueAsNumber || 0 }));
$("size").addEventListener("change", (event) => change({ size: Number(event.target.value) }));
$("compare").addEventListener("change", (event) => {
  $("difference-figure").hidden = !event.target.checked;
  $("worlds").classList.toggle("three", event.target.checked);
});
$("resample").addEventListener("click", () => change({ noise: other() }));
for (const radio of document.querySelectorAll("[name=noise]")) {
  radio.addEventListener("change", () => change({ noise: radio.value === "same" ? null : other() }));
}
$("reset").addEventListener("click", () => change({ do: {} }));
$("reload").addEventListener("click", () => read("/api/reload"));
$("graph").addEventListener("click", (event) => {
  const node = event.target.closest("[data-node]");
  if (node) toggle(node.dataset.node);
});
for (const button of document.querySelectorAll("[data-copy]")) button.addEventListener("click", () => copy(button));

read("/api/scene");
