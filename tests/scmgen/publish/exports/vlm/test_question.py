"""A question: its text numbers its images, and its line tells nothing of its answer."""

from __future__ import annotations

import hashlib
from pathlib import Path

from scmgen.publish.exports.vlm.question import Album, Draft


def test_a_question_is_built_line_by_line(tmp_path: Path) -> None:
    draft = Draft(Album(tmp_path), ["Scene."])
    assert draft.show(b"one", b"two") == [1, 2] and draft.show(b"one") == [3]
    draft.say("Which?")
    question = draft.question({"id": "q"}, ["red", "blue"], 1, {"target": "hue"})
    assert question.text == "Scene.\nWhich?\nA: red\nB: blue\nAnswer with the letter of one choice."
    one, two = (f"images/{hashlib.sha256(content).hexdigest()}.png" for content in (b"one", b"two"))
    asked = question.asked("neutral", ["X1"])
    assert asked["images"] == [one, two, one] and len(list((tmp_path / "images").iterdir())) == 2
    assert asked["choices"] == [{"letter": "A", "text": "red"}, {"letter": "B", "text": "blue"}]
    assert question.key() == {"id": "q", "letters": 2, "answer": "B", "target": "hue"}
    assert set(asked) == {"id", "text", "images", "choices", "names", "factors"}
