// A recording in the page itself answers in place of the server, for what was recorded.

const recording = $("recording") ? JSON.parse($("recording").textContent) : null;
const sorted = (values) => Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
const keyOf = (seed, index, done, parameters, u, at, lasts) => {
  const acts = sorted(done).map(([name, a]) => [name, isSoft(a) ? [a.scale, a.shift] : a]);
  return JSON.stringify([seed, index, acts, sorted(parameters), sorted(u), ...(acts.length ? [at ?? null, lasts ?? null] : [])]);
};
const recordedWorlds = new Map(
  (recording?.worlds ?? []).map(([seed, index, done, parameters, u, picture, values, at, lasts]) => [
    keyOf(seed, index, done, parameters, u, at, lasts), { picture, values },
  ]),
);

/** The numbers of the recorded samples of a seed. */
const recordedSamples = (seed) => recording.samples.filter(([s]) => s === seed).map(([, index]) => index);

const nearest = (value, values) => values.reduce((best, v) => (Math.abs(v - value) < Math.abs(best - value) ? v : best));

function onGrid(kind, values) {
  const grid = recording.grid[kind] ?? {};
  const snap = ([name, value]) => [name, name in grid && !isSoft(value) ? nearest(value, grid[name]) : value];
  return Object.fromEntries(Object.entries(values).map(snap));
}

function recordedWorld(asked, index, done, u) {
  const exact = recordedWorlds.get(keyOf(asked.seed, index, done, asked.parameters, u, asked.at ?? recording.scene.at, asked.lasts));
  const near = [onGrid("do", done), onGrid("parameters", asked.parameters), onGrid("u", u)];
  const found = exact ?? recordedWorlds.get(keyOf(asked.seed, index, ...near, recording.scene.at, null));
  if (!found) throw new Error(`This page holds no picture of that; ${scene.command} draws any.`);
  const values = Object.fromEntries(recording.variables.map((name, k) => [name, found.values[k]]));
  return { values, image: recording.pictures[found.picture], exact: Boolean(exact) };
}

/** The recorded answer to a question of the page. */
function recordedAnswer(asked) {
  const near = (index) => nearest(index, recordedSamples(asked.seed));
  const row = (own, other, u) => ({
    index: own,
    worlds: [recordedWorld(asked, own, {}, u), ...asked.do.map((_, k) => recordedWorld(asked, other, held(asked.do, k), u))],
  });
  const index = near(asked.index);
  const samples = [row(index, asked.noise === asked.index ? index : near(asked.noise), asked.u)];
  if (asked.beside !== null) samples.push(row(near(asked.beside), near(asked.beside), {}));
  const place = recording.samples.findIndex(([s, i]) => s === asked.seed && i === index);
  const done = asked.do.map((step, k) => (samples[0].worlds[k + 1].exact ? step : onGrid("do", step)));
  return { samples, noise: recording.noise[place], do: done, python: "", command: "", milliseconds: 0 };
}
