// A lesson: step by step a text, a state of the page, and a question whose answer is revealed.

const lessonSteps = () => scene.lesson?.steps ?? [];

function fitLesson(number) {
  if (number === null || !lessonSteps().length) return null;
  return Math.max(0, Math.min(Math.trunc(number), lessonSteps().length - 1));
}

function showLesson() {
  const step = lessonSteps()[state.lesson];
  $("lesson").hidden = !scene.lesson;
  if (!scene.lesson) return;
  $("lesson-title").textContent = scene.lesson.title;
  $("lesson-place").textContent = step ? `Step ${state.lesson + 1} of ${lessonSteps().length}` : `${lessonSteps().length} steps`;
  $("lesson-step").textContent = step?.title ?? "";
  $("lesson-text").replaceChildren(...paragraphs(step?.text ?? scene.lesson.about));
  $("lesson-question").replaceChildren(...paragraphs(step?.question ?? ""));
  $("lesson-answer").replaceChildren(...paragraphs(step?.answer ?? ""));
  $("lesson-asks").hidden = !step?.question;
  $("lesson-reveal").open = false;
  $("lesson-back").disabled = state.lesson === null || state.lesson === 0;
  $("lesson-next").disabled = state.lesson === lessonSteps().length - 1;
  $("lesson-next").textContent = state.lesson === null ? "Begin" : "Next";
  $("lesson-again").hidden = !step?.state;
}

const paragraphs = (text) => text.split(/\n\s*\n/).filter((part) => part.trim()).map((part) => make("p", {}, part.replace(/\s*\n\s*/g, " ").trim()));

/** Go to a step: what it wants to be shown is shown, and the reader is there. */
function turnTo(number) {
  const to = fitLesson(number);
  if (to === null) return;
  gesture.fresh = true;
  setStep(to);
  $("lesson-step").focus({ preventScroll: true });
  $("lesson").scrollIntoView({ block: "nearest" });
}

/** The state that a step wants; what is now, where it wants none. */
function atStep(number) {
  const wanted = lessonSteps()[number]?.state;
  if (!wanted) return { ...state, lesson: number };
  return { ...fresh(), ...structuredClone(wanted), step: wanted.do.length - 1, lesson: number };
}

function setStep(to) {
  change(atStep(to), `lesson.${to}`);
  showLesson();
  unfold();
}
