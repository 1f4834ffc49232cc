// The state in the address, behind #, so that reload, Back, a bookmark and a copied address show the same.

const STORE = "scmgen-token";
let token = "";
let gesture = { field: null, at: 0, fresh: false }; // one gesture is one entry of the history
let noting = 0;

const pairs = (values) => Object.entries(values).map(([name, value]) => `${name}:${value}`).join(",");

function spellStep(step) {
  const acts = Object.entries(step);
  return acts.map(([n, a]) => (isSoft(a) ? `${n}~${a.scale}~${a.shift}` : `${n}:${a}`)).join(",");
}

function spellState(of) {
  const words = {
    sample: of.index || "", seed: of.seed === scene.seed ? "" : of.seed, noise: of.noise ?? "", beside: of.beside ?? "",
    size: of.size === scene.size || recording ? "" : of.size, difference: of.difference ? 1 : "",
    do: of.do.some((step) => Object.keys(step).length) || of.do.length > 1 ? of.do.map(spellStep).join(";") : "",
    step: of.step || "", parameters: pairs(of.parameters), u: pairs(of.u), lesson: of.lesson ?? "",
    frame: of.frame ?? "", at: of.at ?? "", lasts: of.lasts ?? "",
  };
  const said = Object.entries(words).filter(([, word]) => word !== "");
  return said.map(([name, word]) => `${name}=${encodeURI(String(word)).replaceAll("#", "%23").replaceAll("&", "%26")}`).join("&");
}

function readPairs(text) {
  return Object.fromEntries(text.split(",").filter(Boolean).map((pair) => {
    const [name, value] = pair.split(":");
    return [name, readNumber(name, value)];
  }));
}

function readNumber(name, text) {
  const value = Number(text);
  if (!text || Number.isNaN(value)) throw new Error(`the address: ${name}: a number is needed, found "${text ?? ""}"`);
  return value;
}

function readStep(text) {
  return Object.fromEntries(text.split(",").filter(Boolean).map((act) => {
    const [name, scale, shift] = act.split("~");
    if (scale === undefined) return Object.entries(readPairs(act))[0];
    return [name, { scale: readNumber(name, scale), shift: readNumber(name, shift) }];
  }));
}

const WORDS = {
  sample: (text) => ({ index: readNumber("sample", text) }),
  seed: (text) => ({ seed: readNumber("seed", text) }),
  noise: (text) => ({ noise: readNumber("noise", text) }),
  beside: (text) => ({ beside: readNumber("beside", text) }),
  size: (text) => ({ size: readNumber("size", text) }),
  difference: (text) => ({ difference: text === "1" }),
  do: (text) => ({ do: text.split(";").map(readStep) }),
  step: (text) => ({ step: readNumber("step", text) }),
  parameters: (text) => ({ parameters: readPairs(text) }),
  u: (text) => ({ u: readPairs(text) }),
  lesson: (text) => ({ lesson: readNumber("lesson", text) }),
  frame: (text) => ({ frame: Math.max(0, Math.trunc(readNumber("frame", text))) }),
  at: (text) => ({ at: readNumber("at", text) }),
  lasts: (text) => ({ lasts: readNumber("lasts", text) }),
};

/** The words of an address; the token is kept for this server, and leaves the address. */
function wordsOf(hash) {
  const words = hash.replace(/^#/, "").split("&").filter(Boolean).map((word) => {
    const [name, ...rest] = word.split("=");
    try { return [name, decodeURIComponent(rest.join("="))]; } catch { return [name, rest.join("=")]; }
  });
  const given = words.find(([name]) => name === "token");
  if (given) token = given[1];
  return words.filter(([name]) => name !== "token");
}

function readState(words) {
  const read = fresh();
  for (const [name, text] of words) {
    if (!(name in WORDS)) throw new Error(`the address: no word "${name}"; known: ${Object.keys(WORDS).join(", ")}`);
    Object.assign(read, WORDS[name](text));
  }
  read.step = Math.max(0, Math.min(Math.trunc(read.step), read.do.length - 1));
  if (read.frame !== null) read.frame = scene.frames ? Math.min(read.frame, scene.frames - 1) : null;
  return { ...read, lesson: fitLesson(read.lesson) };
}

function keepToken() {
  try {
    if (token) localStorage.setItem(STORE, token);
    else token = localStorage.getItem(STORE) || "";
    return true;
  } catch {
    return false; // then the address keeps it
  }
}

function gestured(field) {
  const now = performance.now();
  gesture.fresh ||= field !== gesture.field || now - gesture.at > 1000;
  gesture = { ...gesture, field, at: now };
}

/** Write the state into the address, soon: a browser takes only so many changes a second. */
function note() {
  clearTimeout(noting);
  noting = setTimeout(noteNow, 200);
}

function noteNow() {
  clearTimeout(noting);
  if (!scene || sweeping || rolling) return;
  const secret = stored ? "" : `token=${token}&`;
  const hash = `#${secret}${spellState(accepted)}`;
  if (hash === (location.hash || "#")) return; // what was begun since the last answer is yet to be written
  history[gesture.fresh ? "pushState" : "replaceState"](null, "", hash);
  gesture.fresh = false;
}

function travel() {
  stopSweep();
  stopFilm();
  clearTimeout(noting);
  if (scene) restore(location.hash);
}

/** Show what an address says; where it says nothing that fits, the beginning. */
function restore(hash) {
  gesture.fresh = false;
  const words = wordsOf(hash);
  try {
    state = readState(words);
    if (words.length === 1) state = atStep(state.lesson); // an address that names a step of the lesson and no more
    complain("");
  } catch (error) {
    state = fresh();
    complain(error.message);
    lingering = true;
  }
  showLesson();
  unfold();
  return ask();
}

wordsOf(location.hash);
const stored = keepToken();
