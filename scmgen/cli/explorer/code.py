"""The same images in Python and on the command line: text that a user copies and runs."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence

from scmgen.cli.explorer.question import Question, Soft
from scmgen.cli.explorer.subject import Subject
from scmgen.cli.explorer.worlds import affine
from scmgen.dataset.interventions import hard
from scmgen.dataset.interventions.table import NONE
from scmgen.pictures.brought import Given
from scmgen.scene.factor import Factor
from scmgen.scene.plugins import Brought

_SHEET = 400  # the most pairs that `scmgen show` draws


def python(subject: Subject, question: Question) -> str:
    """Spell a question as a program that saves the images of its first sample."""
    kept = question.noise == question.index
    frames, ending = subject.scene.frames, "png" if subject.scene.frames is None else "webp"
    twins = [("", "")] if len(question.do) == 1 else [(f"_{k}", f"-{k}") for k in range(1, len(question.do) + 1)]
    kind = "counterfactual" if kept else "intervention"
    files = [f'"{kind}{file}.{ending}": twin{name}' for name, file in twins]
    return "\n".join(
        [
            *_loading(subject, any(isinstance(a, Soft) for step in question.do for a in step.values()), question),
            *_drawing(question),
            *_acting(frames, question),
            *_twins(subject, question, [name for name, _ in twins]),
            "",
            f'images = {{"factual.{ending}": factual, {", ".join(files)}}}',
            "for file, world in images.items():",
            *_saving(frames, question.size),
            "",
        ]
    )


def _saving(frames: int | None, size: int) -> list[str]:
    """The lines that save the image of a world, or its clip as one that moves."""
    drawn = f"scene.render(world, size={size})[0]"
    if frames is None:
        return [f"    Image.fromarray({drawn}).save(file)"]
    how = "save_all=True, append_images=rest, duration=120, loop=0, lossless=True"
    return [f"    first, *rest = map(Image.fromarray, {drawn})", f"    first.save(file, {how})"]


def _timed(frames: int | None, question: Question) -> bool:
    """Whether what is done holds in some frames of a clip only."""
    done = any(action != Soft() for step in question.do for action in step.values())
    return frames is not None and done and bool(question.at or question.lasts)


def _acting(frames: int | None, question: Question) -> list[str]:
    """The lines that say in which frames of a clip something is done, where it is not in all."""
    if not _timed(frames, question):
        return []
    first = question.at or 0
    held = f"(frame >= {first}) & (frame < {first + question.lasts})" if question.lasts else f"frame >= {first}"
    return [
        f"frame = np.arange({frames})",
        "",
        "def then(scale, shift):",
        f"    done = {held}",
        "    return scmgen.Affine(np.where(done, scale, 1)[None], np.where(done, shift, 0)[None])",
        "",
    ]


def _drawing(question: Question) -> list[str]:
    """The lines that give the factual world, and the noise of another one."""
    own, other = (f"scene.noise(1, seed={question.seed}, start={at})" for at in (question.index, question.noise))
    lines = [f"factual = scene.sample(1, seed={question.seed}, start={question.index})"]
    if question.u:
        lines = [f"noise = {own}", *_setting("noise", question), "factual = scene.counterfactual(noise)"]
        if question.noise != question.index:
            lines += [f"other = {other}", *_setting("other", question)]
    return lines


def _setting(noise: str, question: Question) -> list[str]:
    return [f"{noise}[{_quoted(name)}][:] = {_number(value)}" for name, value in question.u.items()]


def _twins(subject: Subject, question: Question, names: Sequence[str]) -> list[str]:
    """The lines that give the worlds after each step."""
    lines: list[str] = []
    timed = _timed(subject.scene.frames, question)
    for k, (name, step) in enumerate(zip(names, question.do, strict=True)):
        earlier = f"do{names[k - 1]}" if k else ""
        lines += _do(subject, f"do{name}", step, earlier, timed)
        if question.noise == question.index:
            lines += [f"twin{name} = scene.counterfactual(factual, do=do{name})"]
        elif question.u:
            lines += [f"twin{name} = scene.counterfactual(other, do=do{name})"]
        else:
            drawn = f"scene.sample(1, seed={question.seed}, start={question.noise}, do=do{name})"
            lines += [f"twin{name} = {drawn}  # other noise"]
    return lines


def command(subject: Subject, question: Question) -> str:
    """Spell a question as a command line, and say where in its output the images of its first sample are."""
    if question.u:
        return "# no command line sets the noise of a variable; use Python\n"
    every = len(subject.scene.factors)
    for step in question.do:
        sets = [name for name, action in step.items() if not isinstance(action, Soft)]
        hidden = [name for name in sets if name in hard.Hard.model_fields]
        if hidden:
            page = "docs/reference/interventions.md"
            return f"# {hidden[0]} is also an option of a hard do; write the do into a file: {page}\n"
        if len(sets) == every > 1:
            return "# a data set never sets every factor at once, which leaves nothing to be caused; use Python\n"
    last = max(question.index, question.noise) + 1
    sheet = last <= _SHEET
    out = ["--pairs", str(last), "-o", f"{subject.title}.{'png' if subject.scene.frames is None else 'webp'}"]
    if not sheet:
        out = ["--n", str(2 * last), "-o", f"data/{subject.title}-explored"]
    words = ["scmgen", "show" if sheet else "build", *naming(subject), *_asking(question), *out]
    left, right = (f"pair {at + 1}" if sheet else f"sample train-{at:09}" for at in (question.index, question.noise))
    rest = "second" if len(_steps(question)) < 2 else "others"
    where = f"the images of {left}" if left == right else f"the first image of {left} and the {rest} of {right}"
    return f"{shlex.join(words)}\n# {where}\n"


def explore(subject: Subject) -> str:
    """The command line that opens the page again."""
    return shlex.join(["scmgen", "explore", *naming(subject)])


def _do(subject: Subject, variable: str, step: Mapping[str, float | Soft], earlier: str, timed: bool) -> list[str]:
    """The lines that give what is done, each level by its number and with its name."""
    factors = subject.scene.factors
    spread = [f"    **{earlier},"] if earlier else []
    if not spread and len(step) < 2 and not any(factors[name].levels for name in step):
        inside = ", ".join(f"{_quoted(name)}: {_action(act, factors[name], timed)}" for name, act in step.items())
        return [f"{variable} = {{{inside}}}"]
    lines = []
    for name, action in step.items():
        levels = factors[name].domain.levels
        told = f"  # {levels[int(action)]}" if levels and not isinstance(action, Soft) else ""
        lines += [f"    {_quoted(name)}: {_action(action, factors[name], timed)},{told}"]
    return [f"{variable} = {{", *spread, *lines, "}"]


def _action(action: float | Soft, factor: Factor, timed: bool) -> str:
    if not isinstance(action, Soft) and not timed:
        return _number(action)
    scale, shift = affine(action, factor)
    return f"{'then' if timed else 'scmgen.Affine'}({_number(scale)}, {_number(shift)})"


def _spelled(one: Brought) -> str:
    """What is brought, in Python."""
    if isinstance(one, Given):
        what = "" if one.what == "pictures" else f", {_quoted(one.what)}"
        return f"Given({_quoted(one.name)}, Path({_quoted(str(one.place))}){what})"
    return f"Path({_quoted(str(one))})"


def _words(one: Brought) -> tuple[str, str]:
    """What is brought, on a command line."""
    return (f"--{one.what}", f"{one.name}={one.place}") if isinstance(one, Given) else ("--plugin", str(one))


def _loading(subject: Subject, soft: bool, question: Question) -> list[str]:
    """The lines that give ``scene``."""
    timed = _timed(subject.scene.frames, question)
    named, files = _quoted(subject.reference), ", ".join(map(_spelled, subject.plugin_files))
    shown = any(isinstance(one, Given) for one in subject.plugin_files)
    imports = (
        ("from scmgen.dataset import catalogue", subject.recipe),
        ("from scmgen.pictures.brought import Given", shown),
        ("from scmgen.scene import plugins", files),
    )
    lines = ["from pathlib import Path", ""] if files else []
    lines += (["import numpy as np"] if timed else []) + ["from PIL import Image", ""]
    lines += ["import scmgen"] if soft or timed or not subject.recipe else []
    lines += [line for line, used in imports if used]
    lines += ["", *([f"plugins.load([{files}])"] if files else [])]
    if subject.recipe:
        recipe, seed = subject.recipe
        lines += [f"scene = catalogue.find({named}, {_quoted(recipe)}, {seed}).scene"]
    else:
        lines += [f"scene = scmgen.load_scene({named})"]
    if subject.parameters:
        lines += [f"scene = scene.changed(parameters={_mapping(subject.parameters)})"]
    return lines


def naming(subject: Subject) -> list[str]:
    """The words that give the scene on a command line."""
    recipe = ["--sample-scm", subject.recipe[0], "--scm-seed", str(subject.recipe[1])] if subject.recipe else []
    settings = [word for name, value in subject.parameters.items() for word in ("--set", f"{name}={_number(value)}")]
    files = [word for one in subject.plugin_files for word in _words(one)]
    return [subject.reference, *recipe, *settings, *files]


def _asking(question: Question) -> list[str]:
    at = "" if question.at is None else f",at={question.at}"
    span = at + (f",lasts={question.lasts}" if question.lasts else "")
    do = "; ".join(f"{step}{span}" for step in _steps(question)) or NONE
    return ["--seed", str(question.seed), "--size", str(question.size), "--interventions", do]


def _steps(question: Question) -> list[str]:
    """The steps of a chain as a command line has them: what is set, then each that is changed softly."""
    steps = []
    for step in question.do:
        sets = {name: _number(action) for name, action in step.items() if not isinstance(action, Soft)}
        softs = {name: action for name, action in step.items() if isinstance(action, Soft) and action != Soft()}
        steps += [hard.setting(sets)] if sets else []
        steps += [f"soft:sets=[[{name}]],scale={a.scale!r},shift={a.shift!r}" for name, a in softs.items()]
    return steps


def _mapping(values: Mapping[str, float]) -> str:
    return "{" + ", ".join(f"{_quoted(name)}: {_number(value)}" for name, value in values.items()) + "}"


def _number(value: float) -> str:
    """The shortest text that reads back as the same number; the sign of a zero says nothing."""
    return repr(int(value) if value == int(value) and abs(value) < 1e15 else value)


def _quoted(text: str) -> str:
    """A literal of Python in double quotes."""
    return json.dumps(text, ensure_ascii=False)
