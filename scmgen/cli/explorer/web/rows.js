// Rows: one for each factor, parameter and noise, with a switch, a slider, a note, and a place for what is wrong.

const rows = new Map(); // "do.light_angle", "parameters.haze", "u.light_angle" -> the row

function layRow(kind, spec) {
  const item = $("row").content.firstElementChild.cloneNode(true);
  const field = `${kind}.${spec.name}`;
  const on = (value) => (kind === "do" ? intervene(spec.name, value) : fix(kind, spec.name, value));
  const part = (name) => item.querySelector(name);
  const row = { kind, spec, field, item, on, toggle: part(".do input"), note: part(".note"), play: part(".play") };
  item.dataset.field = field;
  if (kind === "do") item.dataset.factor = spec.name;
  part("code").textContent = spec.name;
  part(".long").textContent = spec.long_name ?? "";
  part(".do b").textContent = kind === "do" ? "do" : "set";
  const label = { do: spec.name, parameters: `parameter ${spec.name}`, u: `noise of ${spec.name}` }[kind];
  row.toggle.setAttribute("aria-label", `${kind === "do" ? "do" : "set"} ${label}`);
  row.toggle.addEventListener("change", () => toggle(row));
  row.play.setAttribute("aria-label", `Play ${label}`);
  row.play.addEventListener("click", () => sweep(row));
  const whole = `${label}${spec.long_name ? `, ${spec.long_name}` : ""}`;
  const grid = recording?.grid[kind]?.[spec.name];
  Object.assign(row, spec.levels?.length ? layLevels(spec, on) : laySlider(spec, whole, on, grid));
  item.querySelector(".body").replaceWith(row.body);
  if (kind === "do" && !spec.levels.length && !recording) laySoft(row);
  if (kind === "do" && scene.frames) layTrace(row);
  rows.set(field, row);
  return item;
}

/** A factor that is a number can be scaled and shifted in place of being set. */
function laySoft(row) {
  const { name } = row.spec;
  const how = make("select", { "aria-label": `how to intervene on ${name}` });
  how.append(make("option", { value: "hard" }, "set to a value"), make("option", { value: "soft" }, "scale and shift"));
  how.addEventListener("change", () => {
    intervene(name, how.value === "soft" ? { scale: 0.5, shift: 0 } : twinWorld().values[name]);
  });
  const act = () => held(state.do, state.step)[name];
  const part = (key, low, high) => laySlider(
    { low, high, step: 0.01, levels: [], unit: "" }, `${name}, ${key}`, (value) => intervene(name, { ...act(), [key]: value ?? 0 }),
  );
  const [scale, shift] = [part("scale", 0, 2), part("shift", -0.5, 0.5)];
  const lines = [["scale", scale], ["shift", shift]].map(([key, { body }]) => make("div", { class: "line" }, make("span", {}, key), body));
  const soft = make("div", { class: "soft", hidden: "" }, ...lines);
  row.body.after(soft);
  row.item.querySelector(".how").append(how);
  row.putSoft = (action, force) => {
    soft.hidden = !isSoft(action);
    how.value = isSoft(action) ? "soft" : "hard";
    how.hidden = action === undefined;
    if (!isSoft(action)) return;
    scale.put(action.scale, 1, force);
    shift.put(action.shift, 0, force);
  };
}

function toggle(row) {
  if (!shown) return;
  const done = row.kind === "do" ? state.do[state.step] : state[row.kind];
  row.on(row.spec.name in done ? null : valueOf(row));
}

/** What a row's slider shows: what was set, or what is so without. */
function valueOf(row) {
  const { kind, spec } = row;
  const done = kind === "do" ? held(state.do, state.step) : state[kind];
  if (spec.name in done && !isSoft(done[spec.name])) return done[spec.name];
  return { do: () => twinWorld().values[spec.name], parameters: () => spec.value, u: () => atFrame(shown.noise[spec.name]) }[kind]();
}

function paint(force = false) {
  if (!shown) return;
  for (const row of rows.values()) paintRow(row, force);
  paintFilm();
  const set = state.do.some((step) => Object.keys(step).length) || Object.keys({ ...state.parameters, ...state.u }).length;
  $("reset").disabled = !set && state.at === null && state.lasts === null;
  const fields = { index: state.index, seed: state.seed, size: state.size, beside: state.beside ?? "" };
  for (const [name, value] of Object.entries(fields)) if (force || document.activeElement !== $(name)) $(name).value = value;
  $("pair").checked = state.beside !== null;
  $("beside").hidden = state.beside === null;
  $("compare").checked = state.difference;
  document.querySelector(`[name=noise][value=${state.noise === null ? "same" : "new"}]`).checked = true;
}

function paintRow(row, force) {
  const { kind, spec, item } = row;
  const { name } = spec;
  const own = kind === "do" ? state.do[state.step] : state[kind];
  const action = kind === "do" ? held(state.do, state.step)[name] : own[name];
  const value = valueOf(row);
  const was = { do: () => factualWorld().values[name], parameters: () => spec.value, u: () => atFrame(shown.noise[name]) }[kind]();
  const moved = kind === "do" && action === undefined && factualWorld().values[name] !== value;
  item.classList.toggle("done", name in own);
  item.classList.toggle("moved", moved);
  row.toggle.checked = name in own;
  row.put(value, was, force);
  if (row.trace) paintTrace(row);
  row.putSoft?.(name in own ? action : undefined, force);
  if (row.putSoft) for (const input of row.body.querySelectorAll("input")) input.disabled = name in own && isSoft(action);
  item.querySelector(".how").hidden = !row.putSoft || !(name in own);
  row.note.textContent = kind === "do" ? noteOf(spec, action, name in own, moved, was, value) : noteElse(row, was);
}

function noteOf(factor, action, own, moved, factual, value) {
  const causes = factor.causes.join(", ");
  const was = `was ${spell(factor, factual)}`;
  if (action !== undefined && scene.frames) {
    const [first, last] = spanOf(state);
    if (frameNow() < first || frameNow() > last) return `${was} · ${frameNow() < first ? "not yet" : "no longer"} done in this frame`;
  }
  if (action !== undefined && !own) return `held since step ${1 + state.do.findLastIndex((step, k) => k < state.step && factor.name in step)}, ${was}`;
  if (isSoft(action ?? 0)) return `${spell(factor, value)}, ${was} · ${causes ? `still follows ${causes}` : "still follows its noise"}`;
  if (action !== undefined) return causes ? `${was} · cut off from ${causes}` : was;
  if (moved) return factor.levels.length ? `moved, ${was}` : `moved by ${signed(factor, value - factual)}, ${was}`;
  return causes ? `follows ${causes}` : "follows nothing but its noise";
}

function noteElse({ kind, spec: { name } }, was) {
  if (kind === "parameters") return name in state.parameters ? `was ${short(was)}` : "as the scene has it";
  const factor = scene.factors.find((each) => each.name === name) ?? { levels: [], unit: "" };
  const now = `${name} = ${spell(factor, factualWorld().values[name])}`;
  return name in state.u ? `${now} · was ${short(was)} in the sample` : `${now} · as in the sample`;
}

function signed(factor, by) {
  const around = factor.high - factor.low;
  const way = factor.circular ? by - around * Math.round(by / around) : by; // the shorter way round
  return (way > 0 ? "+" : "") + short(way);
}

/** Open the lists in which something is set. */
function unfold() {
  for (const kind of ["parameters", "u"]) if (Object.keys(state[kind]).length) $(`${kind}-box`).open = true;
}
