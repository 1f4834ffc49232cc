"""The same images in Python and on the command line: text that a user copies and runs."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping

from scmgen.cli.explorer.question import Question
from scmgen.cli.explorer.subject import Subject
from scmgen.dataset.interventions import hard
from scmgen.dataset.interventions.table import NONE
from scmgen.pictures.brought import Given
from scmgen.scene.plugins import Brought

_SHEET = 400  # the most pairs that `scmgen show` draws


def python(subject: Subject, question: Question) -> str:
    """Spell a question as a program that saves both images."""
    kept = question.noise == question.index
    twin = "scene.counterfactual(factual, do=do)"
    if not kept:
        twin = f"scene.sample(1, seed={question.seed}, start={question.noise}, do=do)  # other noise"
    return "\n".join(
        [
            *_loading(subject),
            f"factual = scene.sample(1, seed={question.seed}, start={question.index})",
            *_do(subject, question),
            f"twin = {twin}",
            "",
            f'images = {{"factual.png": factual, "{"counterfactual" if kept else "intervention"}.png": twin}}',
            "for file, world in images.items():",
            f"    Image.fromarray(scene.render(world, size={question.size})[0]).save(file)",
            "",
        ]
    )


def command(subject: Subject, question: Question) -> str:
    """Spell a question as a command line, and say where in its output the images are."""
    hidden = [name for name in question.do if name in hard.Hard.model_fields]
    if hidden:
        return f"# {hidden[0]} is also an option of a hard do; write the do into a file: docs/interventions.md\n"
    if len(question.do) == len(subject.scene.factors) > 1:
        return "# a data set never sets every factor at once, which leaves nothing to be caused; use Python\n"
    last = max(question.index, question.noise) + 1
    sheet = last <= _SHEET
    out = ["--pairs", str(last), "-o", f"{subject.title}.png"]
    if not sheet:
        out = ["--n", str(2 * last), "-o", f"data/{subject.title}-explored"]
    words = ["scmgen", "show" if sheet else "build", *_naming(subject), *_asking(question), *out]
    left, right = (f"pair {at + 1}" if sheet else f"sample train-{at:09}" for at in (question.index, question.noise))
    where = f"the images of {left}" if left == right else f"the first image of {left} and the second of {right}"
    return f"{shlex.join(words)}\n# {where}\n"


def _do(subject: Subject, question: Question) -> list[str]:
    """The lines that give ``do``, each level by its number and with its name."""
    levels = {name: subject.scene.factors[name].domain.levels for name in question.do}
    if len(levels) < 2 and not any(levels.values()):
        return [f"do = {_mapping(question.do)}"]
    lines = []
    for name, value in question.do.items():
        known = levels[name]
        lines += [f"    {_quoted(name)}: {_number(value)},{f'  # {known[int(value)]}' if known else ''}"]
    return ["do = {", *lines, "}"]


def _spelled(one: Brought) -> str:
    """What is brought, in Python."""
    if isinstance(one, Given):
        return f"Given({_quoted(one.name)}, Path({_quoted(str(one.place))}))"
    return f"Path({_quoted(str(one))})"


def _words(one: Brought) -> tuple[str, str]:
    """What is brought, on a command line."""
    return ("--pictures", f"{one.name}={one.place}") if isinstance(one, Given) else ("--plugin", str(one))


def _loading(subject: Subject) -> list[str]:
    """The lines that give ``scene``."""
    named, files = _quoted(subject.reference), ", ".join(map(_spelled, subject.plugin_files))
    shown = any(isinstance(one, Given) for one in subject.plugin_files)
    imports = (
        ("from scmgen.dataset import catalogue", subject.recipe),
        ("from scmgen.pictures.brought import Given", shown),
        ("from scmgen.scene import plugins", files),
    )
    lines = ["from pathlib import Path", ""] if files else []
    lines += ["from PIL import Image", ""] + ([] if subject.recipe else ["import scmgen"])
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


def _naming(subject: Subject) -> list[str]:
    """The words that give the scene on a command line."""
    recipe = ["--sample-scm", subject.recipe[0], "--scm-seed", str(subject.recipe[1])] if subject.recipe else []
    settings = [word for name, value in subject.parameters.items() for word in ("--set", f"{name}={_number(value)}")]
    files = [word for one in subject.plugin_files for word in _words(one)]
    return [subject.reference, *recipe, *settings, *files]


def _asking(question: Question) -> list[str]:
    do = hard.setting({name: _number(value) for name, value in question.do.items()}) if question.do else NONE
    return ["--seed", str(question.seed), "--size", str(question.size), "--interventions", do]


def _mapping(values: Mapping[str, float]) -> str:
    return "{" + ", ".join(f"{_quoted(name)}: {_number(value)}" for name, value in values.items()) + "}"


def _number(value: float) -> str:
    """The shortest text that reads back as the same number; the sign of a zero says nothing."""
    return repr(int(value) if value == int(value) and abs(value) < 1e15 else value)


def _quoted(text: str) -> str:
    """A literal of Python in double quotes."""
    return json.dumps(text, ensure_ascii=False)
