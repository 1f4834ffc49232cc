"""The answers to questions of ``scmgen export --to vlm``, worked out again from a data set's shards and its graph.

    python benchmarks/vlm/audit.py DATA QUESTIONS [-o ANSWERS.jsonl]

Nothing of scmgen is imported, and the answer key is opened last, to be compared. A question is read as a model reads
it: its text and its images. Each image is looked up by its pixels among those of the shards, so the sample, what was
done to it and what followed are those of the labels; edges are those of the manifest. Every solved example is checked
in the same way. Only what factors are called is taken from ``vlm.json``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import tarfile
from collections import defaultdict
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

Row = dict[str, Any]
_PAIR = re.compile(r'From image (\d+) to image (\d+), "([^"]+)" was set')
_SOLVED = re.compile(
    r'In image (\d+), (.+)\. If "([^"]+)" had been set to (.+), (?:"([^"]+)" would have been (.+)|it .+ image (\d+))\.$'
)
_IS = re.compile(r'"([^"]+)" is (.+?)(?= and "|$)')
_EDGE = re.compile(r'Is "([^"]+)" a direct cause of "([^"]+)"')
_ASKED = re.compile(
    r'In image (\d+), "([^"]+)" is (.+)\. If "([^"]+)" had been set to (.+) and nothing .+, what would "([^"]+)"'
)
_CAUSES = re.compile(r'"([^"]+)" causes "([^"]+)"')


class Wrong(Exception):
    """What a question says and the data set does not."""


class Truth:
    """A data set: its labels by the pixels of its images, and its edges."""

    def __init__(self, data: Path, called: dict[str, str], described: bool) -> None:
        self.manifest = json.loads((data / "manifest.json").read_bytes())
        self.factors, self.described = list(self.manifest["factors"]), described
        self.name = {shown: factor for factor, shown in called.items()}
        part = self.manifest["graph"]["adjacency"]
        rows = zip(part["names"], part["directed"], strict=True)
        self.edges = {(a, b) for a, row in rows for b, mark in zip(part["names"], row, strict=True) if mark}
        self.before: dict[str, list[Row]] = defaultdict(list)
        for shard in self.manifest["shards"]:
            for label, image, twin in samples(data / shard["name"]):
                self.before[image].append({**label, "twin": twin})

    def pair(self, before: str, after: str) -> Row:
        """The label of the sample that shows these two images."""
        found = [row for row in self.before[before] if row["twin"] == after]
        if len(found) != 1:
            raise Wrong(f"{len(found)} samples show this pair")
        return found[0]

    def target(self, row: Row) -> str:
        """The one factor that was set."""
        (number,) = [number for number, mark in enumerate(row["do_mask"]) if mark]
        return self.factors[number]

    def said(self, factor: str, value: float) -> str:
        """A value as questions tell it."""
        told = self.manifest["factors"][factor]
        if told["levels"]:
            return str(told["levels"][int(value)]) if self.described else f"level {int(value) + 1}"
        low, high = told["range"]
        return f"{100 * (value - low) / (high - low):.0f}"

    def set_to(self, image: str, factor: str, value: str) -> Row:
        """The label of the sample that shows an image, and in which a factor was set to a value."""
        for row in self.before[image]:
            if self.target(row) == factor and self.said(factor, row["factors_cf"][factor]) == value:
                return row
        raise Wrong(f"no sample shows this image and sets {factor} to {value}")


def samples(shard: Path) -> Any:
    """The label of each sample of a shard, and the pixels of its two images."""
    parts: dict[str, dict[str, Any]] = defaultdict(dict)
    with tarfile.open(shard) as archive:
        for member in archive:
            key, _, ending = member.name.partition(".")
            file = archive.extractfile(member)
            if file is None:
                continue
            if ending == "label.json":
                parts[key]["label"] = json.load(file)
            elif ending in ("image.png", "image_cf.png"):
                parts[key][ending] = pixels(file)
    return [(part["label"], part["image.png"], part["image_cf.png"]) for part in parts.values()]


def pixels(file: BinaryIO | Path) -> str:
    """The sum of an image's pixels."""
    with Image.open(file) as image:
        return hashlib.sha256(image.tobytes()).hexdigest()


def examples(truth: Truth, lines: list[str], images: list[str]) -> None:
    """Check what is told of solved examples."""
    for line in lines:
        if found := _PAIR.search(line):
            row = truth.pair(images[int(found[1]) - 1], images[int(found[2]) - 1])
            check(truth.target(row) == truth.name[found[3]], line)
        elif found := _SOLVED.search(line):
            first, before, name, value, effect, result, second = found.groups()
            row = truth.set_to(images[int(first) - 1], truth.name[name], value)
            values(truth, row, before, line)
            if second:
                check(row["twin"] == images[int(second) - 1], line)
            else:
                check(truth.said(truth.name[effect], row["factors_cf"][truth.name[effect]]) == result, line)


def values(truth: Truth, row: Row, told: str, line: str) -> None:
    """Check what factors are said to be."""
    for shown, value in _IS.findall(told):
        check(truth.said(truth.name[shown], row["factors"][truth.name[shown]]) == value, line)


def check(holds: bool, line: str) -> None:
    """Raise what does not hold."""
    if not holds:
        raise Wrong(line)


def answer(truth: Truth, question: Row, images: list[str]) -> str:
    """The letter of the right choice, if exactly one is right."""
    lines, choices = question["text"].split("\n"), {c["letter"]: c["text"] for c in question["choices"]}
    examples(truth, lines, images)
    kind, text = question["kind"], question["text"]
    if kind == "edge":
        cause, effect = (truth.name[shown] for shown in _EDGE.search(text).groups())
        return only([letter for letter, word in choices.items() if (word == "yes") == ((cause, effect) in truth.edges)])
    if kind == "graph":
        graphs = {k: {(truth.name[a], truth.name[b]) for a, b in _CAUSES.findall(t)} for k, t in choices.items()}
        return only([letter for letter, edges in graphs.items() if edges == truth.edges])
    if kind == "target":
        target = truth.target(truth.pair(*images[-2:]))
        return only([letter for letter, word in choices.items() if truth.name[word.strip('"')] == target])
    if kind == "value":
        number, cause, now, again, value, effect = next(filter(None, map(_ASKED.search, lines))).groups()
        row = truth.set_to(images[int(number) - 1], truth.name[cause], value)
        check(again == cause and truth.said(truth.name[cause], row["factors"][truth.name[cause]]) == now, text)
        right = truth.said(truth.name[effect], row["factors_cf"][truth.name[effect]])
        return only([letter for letter, word in choices.items() if word == right])
    asked = next(line for line in lines if line.endswith("which image would it have been?"))
    number, told = re.match(r"In image (\d+), (.+?)\. If ", asked).groups()
    name, value = re.search(r'If "([^"]+)" had been set to (.+) and nothing', asked).groups()
    row = truth.set_to(images[int(number) - 1], truth.name[name], value)
    values(truth, row, told, asked)
    shown = {letter: images[int(word.removeprefix("image ")) - 1] for letter, word in choices.items()}
    return only([letter for letter, image in shown.items() if image == row["twin"]])


def only(letters: list[str]) -> str:
    """The one right letter."""
    if len(letters) != 1:
        raise Wrong(f"{len(letters)} choices are right")
    return letters[0]


def audit(data: Path, questions: Path) -> tuple[dict[str, str], list[str]]:
    """The answers that were worked out, and where they or a question's examples differ from what was written."""
    told = json.loads((questions / "vlm.json").read_bytes())
    truth, seen = Truth(data, told["factors"], told["names"] == "described"), dict[str, str]()
    found, faults = dict[str, str](), list[str]()
    for file in sorted((questions / "questions").glob("*.jsonl")):
        for question in map(json.loads, file.read_text("utf-8").splitlines()):
            for path in question["images"]:
                seen.setdefault(path, pixels(questions / path))
            try:
                found[question["id"]] = answer(truth, question, [seen[path] for path in question["images"]])
            except (Wrong, AttributeError, KeyError, StopIteration) as error:
                faults.append(f"{question['id']}: {type(error).__name__}: {error}")
    key = {row["id"]: row["answer"] for row in map(json.loads, (questions / "key.jsonl").read_text().splitlines())}
    faults += [
        f"{name}: {found.get(name)}, and the key says {right}"
        for name, right in key.items()
        if found.get(name) != right
    ]
    return found, faults


def main() -> int:
    """Audit one directory of questions; the exit status is 1 if something differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("-o", "--out", type=Path, help="write the answers that were worked out")
    given = parser.parse_args()
    found, faults = audit(given.data, given.questions)
    if given.out:
        given.out.write_text("".join(json.dumps({"id": name, "answer": a}) + "\n" for name, a in found.items()))
    print("\n".join([*faults[:20], f"{given.questions}: {len(found):,} answers worked out, {len(faults):,} differ"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
