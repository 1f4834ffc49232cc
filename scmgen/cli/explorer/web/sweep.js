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
