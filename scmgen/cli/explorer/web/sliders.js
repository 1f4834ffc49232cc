// What sets one value: a slider with a number beside it, or a button for each level; and what plays it.

/** A slider; on(value) is called with a number, or with null where the number was emptied. */
function laySlider(factor, label, on, grid = null) {
  const { low: min, high: max } = factor;
  const step = grid ? (max - min) / (grid.length - 1) : factor.step;
  const slider = make("input", { type: "range", min: grid ? grid[0] : min, max: grid ? grid.at(-1) : max, step, "aria-label": label });
  const field = make("input", { type: "number", step: "any", inputmode: "decimal", "aria-label": `${label}, as a number` });
  const tick = make("span", { class: "tick", "aria-hidden": "true" });
  const share = (value) => Math.min(1, Math.max(0, (value - min) / (max - min)));
  const body = make("div", { class: "body slider" });
  body.append(make("div", { class: "track" }, slider, tick), field);
  if (factor.unit) body.append(make("span", { class: "unit" }, factor.unit));
  slider.addEventListener("input", () => on(grid ? nearest(Number(slider.value), grid) : Number(slider.value)));
  field.addEventListener("change", () => on(field.value === "" ? null : Number(field.value)));
  field.addEventListener("keydown", (event) => nudge(event, factor, Number(field.value), on));
  if (factor.circular) slider.addEventListener("keydown", (event) => turn(event, factor, Number(slider.value), on));
  const put = (value, factual, force) => {
    slider.value = value;
    slider.setAttribute("aria-valuetext", spell(factor, value));
    tick.style.setProperty("--at", share(factual));
    if (force || document.activeElement !== field) field.value = short(value);
  };
  return { body, put };
}

/** The arrow keys in a number go by a hundredth or so of the range. */
function nudge(event, factor, value, on) {
  const by = factor.step * ({ ArrowUp: 1, ArrowDown: -1 }[event.key] ?? 0);
  if (!by) return;
  event.preventDefault();
  const to = Number((value + by).toPrecision(6));
  on(factor.circular ? to : Math.min(factor.high, Math.max(factor.low, to)));
  event.target.value = short(to);
}

function turn(event, factor, value, on) {
  const by = factor.step * ({ ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key] ?? 0);
  if (!by || (value + by >= factor.low && value + by <= factor.high)) return;
  event.preventDefault();
  on(by > 0 ? factor.low : factor.high);
}

function layLevels(factor, on) {
  const group = make("fieldset", {}, make("legend", { class: "unseen" }, factor.name));
  const buttons = factor.levels.map((level, index) => {
    const input = make("input", { type: "radio", name: `level-${factor.name}`, value: index });
    input.addEventListener("change", () => on(index));
    group.append(make("label", {}, input, make("span", {}, level)));
    return input;
  });
  const put = (value, factual) => buttons.forEach((input, index) => {
    input.checked = index === value;
    input.parentElement.classList.toggle("factual", index === factual);
  });
  return { body: make("div", { class: "body levels" }, group), put };
}

// Playing: one value goes from low to high and back, and is again what it was.

let sweeping = null; // the row that plays, its state before

const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

function valuesOf(row) {
  const { spec, kind } = row;
  const grid = recording?.grid[kind]?.[spec.name];
  if (spec.levels?.length) return spec.levels.map((_, k) => k);
  const [low, high] = [spec.low, spec.high];
  return grid ?? Array.from({ length: 25 }, (_, k) => Number((low + ((high - low) * k) / 24).toPrecision(8)));
}

async function sweep(row) {
  const again = sweeping?.field === row.field;
  stopSweep();
  if (again || !shown) return;
  const values = valuesOf(row);
  const mine = { field: row.field, before: structuredClone(accepted), row };
  sweeping = mine;
  row.play.classList.add("playing");
  row.play.setAttribute("aria-pressed", "true");
  const pause = row.spec.levels?.length ? 700 : Math.max(60, 2400 / values.length);
  for (const value of [...values, ...values.toReversed().slice(1)]) {
    await Promise.all([row.on(value), wait(pause)]);
    if (sweeping !== mine) return;
  }
  stopSweep();
}

function stopSweep() {
  if (!sweeping) return;
  const { row, before } = sweeping;
  row.play.classList.remove("playing");
  row.play.removeAttribute("aria-pressed");
  sweeping = null;
  state = { ...state, do: before.do, parameters: before.parameters, u: before.u };
  gesture = { ...gesture, fresh: false };
  ask();
}
