"""The card of questions: what people read, and whose YAML lets ``load_dataset`` find the questions and not the key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from scmgen.publish.markdown import code, table, words
from scmgen.storage.manifest import Manifest

_LOAD = """\
```python
from datasets import load_dataset

for question in load_dataset(".", split="{split}"):
    print(question["text"], question["images"])
```"""


def card(manifest: Manifest, summary: Mapping[str, Any]) -> str:
    """The card, as Markdown behind YAML."""
    splits = list(dict.fromkeys(row["split"] for row in summary["questions"]))
    files = [{"split": split, "path": f"questions/{split}.jsonl"} for split in splits]
    header = {"configs": [{"config_name": "default", "data_files": files}], "tags": ["causality", "synthetic"]}
    parts = [
        f"---\n{yaml.safe_dump(header, sort_keys=False)}---",
        f"# Questions about {words(manifest.name)}",
        words(manifest.description),
        f"Written by `scmgen export --to vlm`: names {summary['names']}, seed {summary['seed']}, "
        f"wording {summary['wording']}. A line is a question: `text` is what to send, after its `images` in their "
        "order; the letters of `choices` are the possible answers. `key.jsonl` has the answers, and `vlm.json` tells "
        "what factors are called: a model that is measured must see neither.",
        _counts(summary),
        _LOAD.format(split=splits[0]),
        f"`scmgen score-vlm ANSWERS --questions DIRECTORY` scores what a model answered. Licence: "
        f"{code(manifest.license or 'not told')}.",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _counts(summary: Mapping[str, Any]) -> str:
    rows = [[row[key] for key in ("split", "family", "kind", "shots", "count")] for row in summary["questions"]]
    return table(["split", "family", "kind", "examples", "questions"], [list(map(str, row)) for row in rows])
