// Asking: one question at a time, and always the newest next, so that no old answer follows a new one.

let [asking, changed] = [false, false]; // changed since the question that is under way
let culprit = null; // the field that was changed last: what is wrong is told beside it
let lingering = false; // whether a complaint outlives the next good answer

async function post(path, data) {
  if (recording) return path === "/api/scene" ? recording.scene : recordedAnswer(data);
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

function questionOf({ seed, index, noise, beside, size, do: steps, parameters, u, at, lasts }) {
  return { seed, index, noise: noise ?? index, beside, size, do: steps, parameters, u, at, lasts };
}

async function ask() {
  changed = true;
  if (asking) return;
  asking = true;
  while (changed) {
    changed = false;
    const [asked, about] = [structuredClone(state), scene];
    try {
      const answer = await post("/api/world", questionOf(asked));
      if (about !== scene) continue; // the file was read again meanwhile
      const taken = { index: answer.samples[0].index, do: answer.do };
      if (!changed) Object.assign(state, taken);
      accepted = { ...asked, ...taken, frame: state.frame };
      if (lingering) lingering = false;
      else complain("");
      show(answer);
      note();
    } catch (error) {
      if (changed) continue;
      if (sweeping) lingering = true;
      stopSweep();
      complain(error.message, culprit);
      if (!shown) { // an address that does not fit: show the beginning, if that can be shown
        const start = fresh({ lesson: asked.lesson });
        if (spellState(asked) === spellState(start)) break;
        state = start;
        [changed, lingering] = [true, true];
        continue;
      }
      state = structuredClone(accepted);
      show(shown, true);
    }
  }
  asking = false;
}

/** Tell what is wrong: beside its field, or above all where it has none, and in sight in any case. */
function complain(message, field = null) {
  for (const place of document.querySelectorAll(".problem")) place.textContent = "";
  for (const input of document.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  $("elsewhere").hidden = true;
  if (!message) return;
  const home = field && document.querySelector(`[data-field="${CSS.escape(field)}"]`);
  const place = home?.querySelector(".problem") ?? $("problem");
  place.textContent = message;
  const input = home?.querySelector("input[type=number]") ?? home?.querySelector("input:not([role])");
  input?.setAttribute("aria-invalid", "true");
  home?.closest("details")?.setAttribute("open", "");
  place.scrollIntoView({ block: "nearest", behavior: "instant" });
  watch(place);
}

let watched = null;

/** What is wrong stays in sight: where its field was scrolled away, it is told at the foot of the window. */
function watch(place) {
  watched?.disconnect();
  watched = new IntersectionObserver(([entry]) => {
    $("elsewhere").hidden = entry.isIntersecting || !place.textContent;
    $("elsewhere").textContent = place.textContent;
    $("elsewhere").onclick = () => place.scrollIntoView({ block: "center" });
  });
  watched.observe(place);
}

/** Whoever takes another field stops what plays; all is first as it was before. */
function take(field) {
  if (sweeping && field !== sweeping.field) stopSweep();
}

function change(part, field = null) {
  take(field);
  gestured(field);
  culprit = field;
  state = { ...state, ...part };
  return ask();
}

function intervene(name, action) {
  take(`do.${name}`);
  const step = { ...state.do[state.step] };
  if (action === null) delete step[name];
  else step[name] = action;
  const answered = change({ do: state.do.map((each, k) => (k === state.step ? step : each)) }, `do.${name}`);
  paint();
  return answered;
}

/** Set or free a parameter or the noise of a variable. */
function fix(kind, name, value) {
  take(`${kind}.${name}`);
  const values = { ...state[kind] };
  if (value === null) delete values[name];
  else values[name] = value;
  const answered = change({ [kind]: values }, `${kind}.${name}`);
  paint();
  return answered;
}
