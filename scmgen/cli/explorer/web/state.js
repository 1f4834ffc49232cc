"use strict";
// What the page shows. noise: null for that of the sample itself; do: the steps of a chain, of which one is edited.

const $ = (id) => document.getElementById(id);
const START = {
  seed: 0, index: 0, noise: null, beside: null, size: 256, difference: false, step: 0, do: [{}], parameters: {}, u: {},
  lesson: null, frame: null, at: null, lasts: null,
};
let scene = null;
let shown = null; // the last answer
let state = structuredClone(START);
let accepted = state; // that of the last answer

const fresh = (part = {}) => ({ ...structuredClone(START), seed: scene.seed, size: state.size, ...part });

// Of a clip a value is a number, or one for each frame; null is the frame from which on dos hold if nobody says.
const frameNow = () => Math.min(state.frame ?? scene.at ?? 0, (scene.frames ?? 1) - 1);
const atFrame = (value, frame = frameNow()) => (Array.isArray(value) ? value[frame] : value);
const stillOf = (world) => ({ ...world, values: Object.fromEntries(Object.entries(world.values).map(([n, v]) => [n, atFrame(v)])) });

/** First and last frame in which a do holds. */
function spanOf({ at, lasts }) {
  const first = at ?? scene.at ?? 0;
  return [first, lasts === null ? scene.frames - 1 : Math.min(scene.frames, first + lasts) - 1];
}

const isSoft = (action) => typeof action === "object";

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const short = (value) => String(Number(Number(value).toPrecision(4)));

function spell(factor, value) {
  if (factor.levels.length) return factor.levels[value] ?? short(value);
  return factor.unit ? `${short(value)} ${factor.unit}` : short(value);
}

function spellAction(factor, action) {
  if (!isSoft(action)) return `${factor.name} = ${spell(factor, action)}`;
  return `${factor.name} scaled by ${short(action.scale)}, shifted by ${short(100 * action.shift)} %`;
}

/** What is done up to a step: its own, and of the steps before what it does not do anew. */
const held = (steps, upTo) => Object.assign({}, ...steps.slice(0, upTo + 1));

function spellDo(step) {
  return scene.factors.filter((f) => f.name in step).map((f) => spellAction(f, step[f.name])).join(", ");
}
