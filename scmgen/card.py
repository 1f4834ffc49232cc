"""The data set card: a README that people read and whose YAML makes ``load_dataset(dir)`` find the tars."""

from __future__ import annotations

import json
from typing import Any

import yaml

_WITHHELD = {
    "whole": "",
    "targets": " Labels tell the targets of an intervention and withhold the rest (`*.truth.jsonl`).",
    "hidden": " Labels withhold everything about the intervention (`*.truth.jsonl`).",
}
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def readme(manifest: dict[str, Any]) -> str:
    """Write the card of a data set from its manifest."""
    name, spec = manifest["name"], manifest["spec"]
    header = {
        "license": manifest["license"].lower(),
        "pretty_name": name,
        "size_categories": [next((text for limit, text in _SIZES if spec["n"] < limit), "1M<n<10M")],
        "tags": ["causality", "counterfactual", "synthetic", "webdataset"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": split, "path": f"{name}-{split}-*.tar"} for split in manifest["splits"]],
            }
        ],
    }
    sections = [
        f"---\n{yaml.safe_dump(header, sort_keys=False)}---\n\n# {name}",
        spec["scene"].get("description", ""),
        _what(manifest),
        "## Factors\n\n" + _factors(manifest),
        "## Causal graph\n\n" + _graph(manifest),
        "## Equations\n\n```yaml\n" + _equations(spec) + "```",
        "## Splits\n\n" + _splits(manifest),
        _environments(manifest),
        _interventions(manifest),
        _waived(manifest),
        "## Made with\n\n" + f"scmgen {manifest['software']['scmgen']}, spec `{manifest['spec_hash']}`. "
        "`manifest.json` holds the whole scene: every latent and every image can be recomputed from it.",
        _citation(spec),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _what(manifest: dict[str, Any]) -> str:
    spec, members = manifest["spec"], ", ".join(f"`{member[1:]}`" for member in manifest["members"])
    pairs = {
        0: "",
        1: "Each sample is a factual image and its true counterfactual under the same noise. ",
    }.get(len(spec["interventions"]), "Each sample is a factual image and a chain of its true counterfactuals. ")
    size = f"{spec['size']} x {spec['size']} pixels"
    told = f"{pairs}{spec['n']:,} samples of {size} in WebDataset shards; members of a sample: {members}."
    return told + _WITHHELD[spec["labels"]]


def _interventions(manifest: dict[str, Any]) -> str:
    """Each step, and how many samples its targets and kinds have."""
    lines = []
    for number, step in enumerate(manifest["spec"]["interventions"], 1):
        options = {key: value for key, value in step.items() if value is not None}
        counts = {**manifest["kinds"][number - 1], **manifest["targets"][number - 1]}
        told = ", ".join(f"{name} {count:,}" for name, count in counts.items())
        lines.append(f"{number}. `{json.dumps(options)}`: {told}")
    return "## Interventions\n\n" + "\n".join(lines) if lines else ""


def _environments(manifest: dict[str, Any]) -> str:
    """What the samples of each domain follow."""
    rows = ["| domain | environment | share | differs from the scene by |", "|---|---|---|---|"]
    for number, environment in enumerate(manifest["spec"]["environments"]):
        cells = [str(number), environment["name"], f"{environment['share']:g}", _changes(environment)]
        rows.append("| " + " | ".join(cells) + " |")
    return "## Environments\n\n" + "\n".join(rows) if len(rows) > 2 else ""


def _changes(part: dict[str, Any]) -> str:
    changes = [f"{name} = {value:g}" for name, value in part["parameters"].items()]
    changes += [f"{name}: {text}" for name, text in part["replace"].items()]
    changes += [f"only where {part['where']}"] if part.get("where") else []
    changes += [f"never {part['hold_out']}"] if part.get("hold_out") else []
    changes += ["interventions of its own"] if part.get("interventions") is not None else []
    return "; ".join(f"`{change}`" for change in changes) or "nothing"


def _factors(manifest: dict[str, Any]) -> str:
    rows = ["| factor | meaning | type | unit | range | mean | std |", "|---|---|---|---|---|---|---|"]
    for name, factor in manifest["factors"].items():
        domain = ", ".join(factor["levels"]) or "{:g} to {:g}".format(*factor["range"])
        cells = [f"`{name}`", factor["long_name"], factor["type"], factor["unit"], domain]
        rows.append("| " + " | ".join([*cells, f"{factor['mean']:.4g}", f"{factor['std']:.4g}"]) + " |")
    return "\n".join(rows)


def _graph(manifest: dict[str, Any]) -> str:
    links = manifest["graph"]["factors"]["edges"]
    arrows = {"directed": "->", "bidirected": "<->"}
    lines = [f"{link['source']} {arrows[link['kind']]} {link['target']}" for link in links]
    return "```\n" + "\n".join(lines or ["no edges"]) + "\n```"


def _equations(spec: dict[str, Any]) -> str:
    """The parameters, as they were for this data set, and the equations that read them."""
    parameters = {**spec["scene"].get("parameters", {}), **spec["parameters"]}
    parts = {"parameters": parameters} if parameters else {}
    return yaml.safe_dump({**parts, "equations": spec["scene"]["equations"]}, sort_keys=False, width=1000)


def _splits(manifest: dict[str, Any]) -> str:
    rows = ["| split | samples | differs from the scene by |", "|---|---|---|"]
    for split in manifest["spec"]["splits"]:
        if split["name"] in manifest["splits"]:
            rows.append(f"| {split['name']} | {manifest['splits'][split['name']]:,} | {_changes(split)} |")
    return "\n".join(rows)


def _waived(manifest: dict[str, Any]) -> str:
    if not manifest["waives"]:
        return ""
    lines = [f"- {condition}: {reason}" for condition, reason in manifest["waives"].items()]
    return "## What this data set does not promise\n\n" + "\n".join(lines)


def _citation(spec: dict[str, Any]) -> str:
    citation = spec["scene"].get("citation", "")
    return f"## Source\n\n{citation}" if citation else ""
