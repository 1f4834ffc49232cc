"""The card: what loads, what is there, and words of strangers that stay words."""

from __future__ import annotations

import yaml
from questions import Asked

from scmgen.publish.exports.vlm.card import card


def test_the_card_lists_questions_and_keeps_the_key_apart(described: Asked) -> None:
    text = (described.place / "README.md").read_text()
    header = yaml.safe_load(text.split("---")[1])
    files = [{"split": "train", "path": "questions/train.jsonl"}]
    assert header["configs"] == [{"config_name": "default", "data_files": files}]
    assert "| train | counterfactual | image | 2 | 8 |" in text and "Licence: `CC0-1.0`." in text


def test_a_split_without_questions_is_left_out(described: Asked) -> None:
    row = {"split": "test", "family": "structure", "kind": "edge", "shots": 0, "count": 2}
    told = {"names": "neutral", "seed": 3, "wording": 1, "questions": [row]}
    text = card(described.data.manifest, told)
    assert "questions/test.jsonl" in text and "train" not in text and "names neutral, seed 3, wording 1" in text
