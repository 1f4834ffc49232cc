"""Questions about four data sets under three kinds of names: audited, and answered by chance and by an oracle.

    python benchmarks/vlm run --home HOME          # builds the sets, writes the questions, audits and scores them
    python benchmarks/vlm page --page docs/how-to/vlm.md

Figures stand in `benchmarks/results/vlm.json`. The oracle's answers are those of `benchmarks/vlm/audit.py`, worked out
from the shards and the graph of the manifest alone. The third row reads and sees nothing: of graphs it takes the
one that is most like the others, of values the second smallest, else the first choice or yes. No model was asked.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import audit

import scmgen
from scmgen.build.generated import build
from scmgen.dataset import catalogue
from scmgen.publish import exports
from scmgen.publish.exports.vlm.options import NAMES
from scmgen.publish.exports.vlm.scoring import answers, key, scores

RESULTS, SETS, SPLIT = Path("benchmarks/results/vlm.json"), ("pendulum", "flow", "circuit", "shapes-random-8"), "test"
SAMPLES = 2_400  # of each set, 240 of them in the test split
KINDS = ("edge", "graph", "target", "value", "image")
START, END = "<!-- written by benchmarks/vlm -->", "<!-- end -->"


def run(home: Path) -> None:
    """Write what was found of each set under each kind of names."""
    found = []
    for name in SETS:
        data = home / name
        if not data.exists():
            build(catalogue.spec(catalogue.find(name), n=SAMPLES), data, workers=1)
        for names in NAMES:
            found.append(measured(data, names, home / f"{name}-{names}"))
            print(json.dumps(found[-1]), flush=True)
    RESULTS.write_text(json.dumps({"samples": SAMPLES, "split": SPLIT, "rows": found}, indent=1) + "\n", "utf-8")


def measured(data: Path, names: str, out: Path) -> dict[str, Any]:
    """Ask, audit and score one set under one kind of names."""
    shutil.rmtree(out, ignore_errors=True)
    exports.export(scmgen.load(data), "vlm", out, splits=[SPLIT], options={"names": names})
    oracle, faults = audit.audit(data, out)
    known = key.read(out)
    lines = map(json.loads, (out / "questions" / f"{SPLIT}.jsonl").read_text("utf-8").splitlines())
    said = {"oracle": oracle, "text only": {line["id"]: blind(line) for line in lines}}
    rows = {row: shares(known, _answered(out, known, given)) for row, given in said.items()}
    chance = {kind: sum(1 / r.letters for r in asked) / len(asked) for kind, asked in _kinds(known).items()}
    told = {"set": data.name, "names": names, "questions": len(known.rows), "differ": len(faults)}
    return {**told, "rows": {"chance": chance, **rows}}


def blind(question: dict[str, Any]) -> str:
    """The letter of whoever reads a question and sees no image."""
    choices = {choice["letter"]: choice["text"] for choice in question["choices"]}
    if question["kind"] == "edge":
        return next(letter for letter, text in choices.items() if text == "yes")
    if question["kind"] == "graph":
        graphs = {letter: set(text.split("; ")) for letter, text in choices.items()}
        return min(graphs, key=lambda letter: sum(len(graphs[letter] ^ other) for other in graphs.values()))
    if question["kind"] == "value" and all(text.lstrip("-").isdigit() for text in choices.values()):
        return sorted(choices, key=lambda letter: int(choices[letter]))[1]
    return "A"


def shares(known: key.Key, said: scores.Answers) -> dict[str, float]:
    """The share that is right of each kind, however many examples there were."""
    return {k: sum(said[r.id] == r.answer for r in asked) / len(asked) for k, asked in _kinds(known).items()}


def _answered(out: Path, known: key.Key, given: dict[str, str]) -> scores.Answers:
    """Answers as the scorer reads them of a file."""
    file = out.with_suffix(".answers.jsonl")
    file.write_text("".join(json.dumps({"id": name, "answer": text}) + "\n" for name, text in given.items()))
    return answers.read(file, known)


def _kinds(known: key.Key) -> dict[str, list[key.Row]]:
    return {kind: [row for row in known.rows.values() if row.kind == kind] for kind in KINDS}


def page(path: Path) -> None:
    """Write the table into a page, between two marks."""
    told = json.loads(RESULTS.read_bytes())
    lines = ["| data set | names | answers that differ | row | " + " | ".join(KINDS) + " |", "|---" * 9 + "|"]
    for part in told["rows"]:
        for row, found in part["rows"].items():
            head = f"{part['set']} | {part['names']} | {part['differ']} of {part['questions']} | {row}"
            lines.append(f"| {head} | " + " | ".join(f"{found[kind]:.1%}" for kind in KINDS) + " |")
    before, _, rest = path.read_text("utf-8").partition(START)
    path.write_text(before + "\n".join([START, "", *lines, "", END]) + rest.partition(END)[2], "utf-8")


def main() -> None:
    """Measure, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run").add_argument("--home", type=Path, required=True)
    commands.add_parser("page").add_argument("--page", type=Path, required=True)
    given = parser.parse_args()
    if given.command == "run":
        run(given.home)
    else:
        page(given.page)


if __name__ == "__main__":
    main()
