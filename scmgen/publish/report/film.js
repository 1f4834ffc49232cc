/* Plays clips: each is a strip of frames, one below the other, of which the page shows one. */
for (const film of document.querySelectorAll(".film")) {
  const [at, told, play] = ["input", "output", ".play"].map((name) => film.querySelector(name));
  const last = Number(at.max);
  let rolling = null;
  const show = (frame) => {
    at.value = Math.min(last, Math.max(0, frame));
    document.body.style.setProperty("--frame", at.valueAsNumber / last);
    told.textContent = `${at.value} / ${last}`;
    at.setAttribute("aria-valuetext", `frame ${at.value} of 0 to ${last}`);
  };
  const pause = () => {
    clearInterval(rolling);
    rolling = null;
    play.classList.remove("playing");
    play.setAttribute("aria-label", "Play the clips");
  };
  const roll = () => {
    rolling = setInterval(() => show(at.valueAsNumber === last ? 0 : at.valueAsNumber + 1), 120);
    play.classList.add("playing");
    play.setAttribute("aria-label", "Pause the clips");
  };
  const go = (frame) => { pause(); show(frame); };
  const acts = {
    k: () => (rolling ? pause() : roll()),
    ",": () => go(at.valueAsNumber - 1),
    ".": () => go(at.valueAsNumber + 1),
  };
  play.addEventListener("click", acts.k);
  film.querySelector(".back").addEventListener("click", acts[","]);
  film.querySelector(".on").addEventListener("click", acts["."]);
  at.addEventListener("input", () => go(at.valueAsNumber));
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("select") || event.ctrlKey || event.metaKey || event.altKey || !(event.key in acts)) return;
    event.preventDefault();
    acts[event.key]();
  });
  show(last);
}
