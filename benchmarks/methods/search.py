"""The search that every method gets: learning rates a third of its own, its own, and three times as high.

Each is trained for a third of the budget on the training split, and asked about the validation split; the plan has the
rates with the least L1 over the pixels that a do changes, by which its tables are ordered (over all pixels an answer
that changes nothing looks good), or where no image is answered with the highest MCC. No question that the benchmark
asks is seen.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

RESULTS = Path("benchmarks/results/methods_search.json")
FACTORS = {"a third": 1 / 3, "its own": 1.0, "three times": 3.0}
ASKED, SPLIT, ROWS, SECONDS = "pendulum", "validation", 60, 60
UNSEARCHED = (
    "cdm-labels", "conditional-ddpm-scm", "cdm-no-reference", "cdm-no-steadiness", "cdm-no-control", "cdm-not-sharp",
    "cdm-mixed-tokens", "causal-flow",
)  # fmt: skip
"""Variants, which have the rates of what they are made of, and a flow on labels, which draws no image."""
_LEAST = 0.002  # of the steps, as of the runner's budgets
_SECTION = """## Learning rates

Every method got the same small search before its cells were filled: its learning rates, all of them times a third, one
and three, each trained for {seconds} CPU-seconds with seed 0 on `{asked}` and asked about {rows} images of the split
`{split}`. The table has L1 over all / changed pixels, or the MCC of latents where no image is answered. The plan has,
on every data set, the rates with the least L1 over changed pixels (over all of them an answer that changes nothing
looks good) or the highest MCC, which stand bold. Variants have the rates of what they are made of.
`python benchmarks/methods search --home HOME -j 2` repeats it.
"""


def prepare(plain: Mapping[str, Any], budgets: Mapping[str, Any], home: Path) -> Path:
    """Write the plan of the search, its protocol and its budgets; give the folder.

    Args:
        plain: the plan of the benchmark.
        budgets: of its methods, which tell what a step costs.
        home: where its data stand.
    """
    from cdm.evaluation import protocol

    place = home / "search"
    asked = protocol.find(ASKED)
    data = "\n".join(f"{key} = {json.dumps(value)}" for key, value in asked.data.items())
    head = f'name = "{SPLIT}"\nversion = 1\nbuild = {json.dumps(asked.build)}\nsplit = "{SPLIT}"\nrows = {ROWS}\n'
    lines = ['name = "search"', f'protocols = ["{SPLIT}.toml"]', f"threads = {plain['threads']}", "[data]"]
    lines.append(f"{SPLIT} = {json.dumps(str((home / plain['data'][ASKED]).resolve()))}")
    (place / "cells" / "budgets").mkdir(parents=True, exist_ok=True)
    for name, told in searched(plain):
        known = budgets[f"{name}--{ASKED}"]
        share = max((SECONDS - known["fixed"]) / known["each"], _LEAST)
        for word, factor in FACTORS.items():
            row = _row(name, word)
            settings = {**kept(told), **{key: rate * factor for key, rate in rates(told).items()}}
            lines += described(row, told, settings)
            file = place / "cells" / "budgets" / f"{row}--{SPLIT}.json"
            file.write_text(json.dumps({**known, "share": share, "seconds": SECONDS}, indent=1) + "\n", "utf-8")
    (place / f"{SPLIT}.toml").write_text(f"{head}seeds = [0]\ncpu_seconds = {SECONDS}\n\n[data]\n{data}\n", "utf-8")
    (place / "plan.toml").write_text("\n".join(lines) + "\n", "utf-8")
    return place


def described(row: str, told: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    """The lines of a plan that name a row: a method of another plan with these settings."""
    words = {"model": told["model"], "preset": told.get("preset", "standard"), "told": told.get("told", "")}
    changed = ", ".join(f"{key} = {json.dumps(value)}" for key, value in settings.items())
    return [f"[methods.{row}]", *(f"{key} = {json.dumps(word)}" for key, word in words.items()), f"set = {{{changed}}}"]


def searched(plain: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The methods that answer about images and have a learning rate, but for :data:`UNSEARCHED`."""
    for name, told in plain["methods"].items():
        if told.get("model") and name not in UNSEARCHED and rates(told):
            yield name, told


def rates(told: Mapping[str, Any]) -> dict[str, float]:
    """The learning rates of a method by their names, as its kind has them."""
    from cdm import config
    from cdm.models import protocol
    from cdm.runs import models  # noqa: F401  (which knows every kind)

    entry = protocol.named(told["model"])
    options = config.chosen(entry.config, entry.presets, told.get("preset", "standard"), kept(told))
    names = [one.name for one in fields(entry.config) if one.name == "rate" or one.name.endswith("_rate")]
    return {name: asdict(options)[name] for name in names}


def kept(told: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a method that are no learning rates."""
    return {key: value for key, value in told.get("set", {}).items() if key != "rate" and not key.endswith("_rate")}


def gather(place: Path, plain: Mapping[str, Any]) -> dict[str, Any]:
    """What was found: of each method and factor the errors, and what it took."""
    found: dict[str, Any] = {}
    for name, _ in searched(plain):
        for word in FACTORS:
            file = place / "cells" / "cells" / f"{_row(name, word)}--{SPLIT}--0.json"
            one = json.loads(file.read_bytes()) if file.exists() else {}
            if one.get("status") == "done":
                scores = one["scores"]
                error = scores["L1"]["model"] if "L1" in scores else {"MCC": scores["latents"]["MCC"]}
                more = {key: one[key] for key in ("CPU-seconds", "share of the steps", "load")}
                found.setdefault(name, {})[word] = {**error, **more}
    return found


def chosen(found: Mapping[str, Any]) -> dict[str, str]:
    """The factor of each method of which all were measured."""
    whole = {name: one for name, one in found.items() if len(one) == len(FACTORS)}
    return {
        name: min(one, key=lambda word: one[word].get("changed", -one[word].get("MCC", 0)))
        for name, one in whole.items()
    }


def section(found: Mapping[str, Any]) -> str:
    """What the page says of the search."""
    won = chosen(found)
    lines = [["method", *(f"rates {word}" for word in FACTORS), "CPU-s", "load"]]
    lines.append(["---"] * len(lines[0]))
    for name, one in found.items():
        errors = [_told(one[word]) if word in one else "" for word in FACTORS]
        told = [f"**{text}**" if won.get(name) == word else text for word, text in zip(FACTORS, errors, strict=True)]
        spent, loads = [part["CPU-seconds"] for part in one.values()], [part["load"] for part in one.values()]
        lines.append([name, *told, f"{min(spent):.0f} to {max(spent):.0f}", f"{min(loads):.1f} to {max(loads):.1f}"])
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{_SECTION.format(asked=ASKED, split=SPLIT, rows=ROWS, seconds=SECONDS)}\n{table}\n"


def _told(one: Mapping[str, Any]) -> str:
    return f"MCC {one['MCC']:.3f}" if "MCC" in one else f"{one['all']:.4f} / {one['changed']:.3f}"


def _row(name: str, word: str) -> str:
    return f"{name}-{word.replace(' ', '-')}"


def read(plan: Path) -> dict[str, Any]:
    """A plan as plain data."""
    return tomllib.loads(plan.read_text("utf-8"))
