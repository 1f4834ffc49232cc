// A chain: what was done holds on, and something else is done then.

const MOST_STEPS = 4;

function showChain() {
  const many = state.do.length > 1;
  $("chain").classList.toggle("many", many);
  $("then").disabled = state.do.length >= MOST_STEPS || !Object.keys(state.do.at(-1)).length;
  $("unstep").hidden = !many;
  const had = $("steps").contains(document.activeElement);
  $("steps").replaceChildren(...(many ? state.do.map(layStep) : []));
  if (had) $("steps").querySelector("[aria-current]")?.focus();
}

function layStep(step, k) {
  const image = make("img", { alt: "" });
  image.src = shown.samples[0].worlds[k + 1]?.image ?? factualWorld().image;
  const words = make("span", {}, make("b", {}, `Step ${k + 1}`), ` ${spellDo(step) || "nothing yet"}`);
  const button = make("button", { type: "button" }, image, words);
  if (k === state.step) button.setAttribute("aria-current", "step");
  button.addEventListener("click", () => change({ step: k }, "step"));
  return make("li", {}, button);
}

function then() {
  change({ do: [...state.do, {}], step: state.do.length }, "then");
}

function unstep() {
  const left = state.do.filter((_, k) => k !== state.step);
  change({ do: left, step: Math.max(0, state.step - 1) }, "unstep");
}
