"""The card: what the Hub reads in its header, and what people read below."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
import yaml
from carded import due, manifest, saying, section, text
from libraries import need

from scmgen.checks.audit import audit
from scmgen.dataset import catalogue
from scmgen.dataset.sampling import compile_spec
from scmgen.publish import card, companions
from scmgen.storage.manifest import typed
from scmgen.storage.places.place import folder

LOADER = """
import json, sys
from datasets import load_dataset

found = load_dataset(sys.argv[1])
json.dump({split: [sorted(rows.column_names), len(rows)] for split, rows in found.items()}, sys.stdout)
"""


def header(out: Path) -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load(text(out).split("---\n")[1])
    return told


def titles(out: Path) -> list[str]:
    return re.findall(r"^## (.*)$", text(out), re.MULTILINE)


def test_the_header_of_a_generated_set(small: Path) -> None:
    assert header(small) == {
        "license": "cc0-1.0",
        "pretty_name": "pendulum",
        "annotations_creators": ["machine-generated"],
        "source_datasets": ["original"],
        "size_categories": ["n<1K"],
        "task_categories": ["image-to-image", "image-feature-extraction", "unconditional-image-generation"],
        "tags": ["causality", "counterfactual", "synthetic", "webdataset"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [
                    {"split": split, "path": f"pendulum-{split}-*.tar"} for split in ("train", "validation", "test")
                ],
            }
        ],
    }


def test_the_header_of_an_imported_set_claims_no_origin_and_no_counterfactuals(foreign: Path) -> None:
    told = header(foreign)
    assert told["license"] == "unknown"
    assert told["task_categories"] == ["image-feature-extraction", "unconditional-image-generation"]
    assert told["tags"] == ["causality", "webdataset"]
    assert "source_datasets" not in told and "annotations_creators" not in told


@pytest.mark.parametrize(
    ("spdx", "told"),
    [
        ("CC0-1.0", {"license": "cc0-1.0"}),
        ("CC-BY-NC-4.0", {"license": "cc-by-nc-4.0"}),
        ("GPL-3.0-or-later", {"license": "gpl-3.0"}),
        ("ODbL-1.0", {"license": "odbl"}),
        ("", {"license": "unknown"}),
        ("Terms of the hospital", {"license": "other", "license_name": "Terms of the hospital"}),
    ],
)
def test_licences_are_those_that_the_hub_knows(spdx: str, told: dict[str, str]) -> None:
    assert card.license_id(spdx) == told


@pytest.mark.parametrize(
    ("n", "told"), [(999, "n<1K"), (1_000, "1K<n<10K"), (20_000, "10K<n<100K"), (5_000_000, "1M<n<10M")]
)
def test_the_size_category_counts_all_splits(small: Path, n: int, told: str) -> None:
    first, most = saying(small)["shards"][0], 100_000
    sizes = {"train": n - 18, "validation": 9, "test": 9}
    held = [(split, min(most, size - at)) for split, size in sizes.items() for at in range(0, size, most)]
    shards = [
        {**first, "name": f"pendulum-{split}-{i:06d}.tar", "split": split, "samples": samples, "bytes": samples * 9_000}
        for i, (split, samples) in enumerate(held)
    ]
    data = saying(small, splits=sizes, shards=shards)
    assert f"size_categories:\n- {told}\n" in card.readme(data)


def test_pictures_beside_the_shards_do_not_disturb_load_dataset(foreign: Path, tmp_path: Path) -> None:
    need("datasets")
    settings = {**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", LOADER, str(foreign)], env=settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    columns = ["__key__", "__url__", "image.png", "label.json"]
    assert {"graph.svg", "sheet.png"} < {path.name for path in foreign.iterdir()}
    assert json.loads(done.stdout) == {split: [columns, n] for split, n in manifest(foreign)["splits"].items()}


def test_the_sections_of_a_generated_and_of_an_imported_set(small: Path, weak: Path, foreign: Path) -> None:
    ends = ["What it is not for", "Licence and citation", "How it was made"]
    begins = ["Load it", "Factors", "Causal graph"]
    assert titles(small) == [*begins, "Equations", "Splits", "Interventions", "Audit", *ends]
    assert titles(weak) == [*begins, "Equations", "Splits", "Environments", "Interventions", "Audit", *ends]
    assert titles(foreign) == [*begins, "Splits", *ends]


def test_the_code_of_the_card_runs(small: Path, foreign: Path) -> None:
    for out in (small, foreign):
        code = re.search(r"```python\n(.*?)```", section(text(out), "Load it"), re.DOTALL)
        assert code is not None
        scope: dict[str, Any] = {}
        exec(code[1].replace(f'load("{manifest(out)["name"]}")', f"load({str(out)!r})"), scope)  # noqa: S102
        assert scope["labels"].sizes["sample"] == len(scope["images"]) == manifest(out)["splits"]["train"]
        assert isinstance(scope["graph"], nx.MultiDiGraph)


def test_the_shards_of_the_first_split_are_named_by_a_range(small: Path) -> None:
    told = '`webdataset.WebDataset("pendulum/pendulum-train-{000000..000002}.tar")`'
    assert told in section(text(small), "Load it")


def test_what_people_wrote_opens_no_tag_and_breaks_no_table(small: Path) -> None:
    data = manifest(small)
    data["description"] = "<script>alert(1)</script>"
    data["factors"]["light_angle"]["long_name"] = "a | b <i>"
    data["waives"] = {"nuisance": "<b>why</b>"}
    told = card.readme(typed(data, "changed"), "an <audit>")
    assert "<script" not in told and "<b>" not in told and "an &lt;audit&gt;" in told
    assert "| `light_angle` | a \\| b &lt;i&gt; | continuous |" in told


def test_waived_conditions_stand_with_their_reasons(small: Path) -> None:
    data = saying(small, waives={"own-noise": "as published"})
    assert section(card.readme(data), "What it does not promise") == "- **own-noise**: as published"


def test_a_bibtex_entry_is_quoted_as_code_and_words_are_not(small: Path) -> None:
    data = manifest(small)
    told = section(card.readme(saying(small, citation="@article{a,\n title={T}}")), "Licence and citation")
    assert "```bibtex\n@article{a,\n title={T}}\n```" in told
    told = section(text(small), "Licence and citation")
    assert "\n\ngeometry after CausalVAE (Yang et al. 2021, arXiv 2004.08697)\n\n```bibtex\n@misc{pendulum," in told
    assert f"version 1, spec {data['spec_hash'][:12]}" in told and "@software{scmgen," in told


def test_an_unknown_graph_is_called_unknown(foreign: Path) -> None:
    data = saying(foreign, graph=None)
    assert section(card.readme(data), "Causal graph") == "Not known: none was given with the images."
    assert not {"graph.json", "graph.svg"} & {*due(data), *companions.compose(data, folder(foreign))}
    assert "The graph was given with the images; it is not derived from data." in text(foreign)


def test_a_card_tells_what_the_numbers_showed_and_how_to_get_the_rest(small: Path) -> None:
    told = section(text(small), "Audit")
    whole = audit(catalogue.find("pendulum"), 2_000, drawing=False)
    assert told.startswith(
        f"7 checks of equations and numbers, on 2,600 samples: 5 passed without a word; in all {whole.summary}."
    )
    assert "- note, `sortability`: varsortability: at 0.00 it runs against the causal order, and betrays it" in told
    assert told.endswith("Cards of 10,000 samples and more also tell what the checks of images found.")


def test_the_audit_of_a_card_does_not_depend_on_n() -> None:
    source = catalogue.find("pendulum")
    one, two = (audit(compile_spec(catalogue.spec(source, n=n)), drawing=False) for n in (10, 20_000))
    assert [str(finding) for finding in one.findings] == [str(finding) for finding in two.findings]


def test_the_checks_that_draw_are_left_out_and_the_others_find_the_same() -> None:
    source = catalogue.find("pendulum-classic")
    whole, numbers = audit(source, 600), audit(source, 600, drawing=False)
    drawn = {"unreadable", "out-of-frame", "occluded", "circle", "nuisance", "duplicates"}
    assert {name: count for name, count in whole.counts.items() if name not in drawn} == {
        name: count for name, count in numbers.counts.items() if name not in drawn
    }
    assert not any(numbers.counts[name] for name in drawn) and numbers.visibility == {}
    assert numbers.findings == tuple(found for found in whole.findings if found.check not in drawn)


def test_a_large_card_tells_what_images_showed_and_which_faults_are_waived(small: Path) -> None:
    done = audit(catalogue.find("pendulum-classic"), 600)
    told = section(card.readme(saying(small), done), "Audit")
    assert "- waived, `nuisance`: image: nothing that is drawn varies but the factors" in told
    assert told.endswith("runs every check on this directory, with plots.")
    assert "- and 1 more" in told
