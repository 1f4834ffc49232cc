"""Questions about what would have been: right by the label, wrong by a known mistake, and apart."""

from __future__ import annotations

import hashlib
import io
import itertools

from questions import Asked

from scmgen.storage import png


def test_the_right_value_is_that_of_the_label(described: Asked) -> None:
    labels, names = described.labels(), list(described.data.factors)
    for _, key in described.of("value"):
        label, place = labels[key["sample"]], "ABCD".index(key["answer"])
        assert label["do_value"][names.index(key["target"])] == key["value"]
        assert label["factors_cf"][key["effect"]] == key["truth"] == key["values"][place]
        assert key["kinds"][place] == "twin"
        low, high = described.data.factors[key["effect"]]["range"]
        apart = sorted(key["values"])
        assert min(b - a for a, b in itertools.pairwise(apart)) >= 0.12 * (high - low)


def test_two_questions_in_three_are_about_what_follows(described: Asked) -> None:
    below = {"arm": {"blue", "green", "red"}, "blue": {"red"}, "green": {"red"}, "red": set()}
    follows = [key["effect"] in below[key["target"]] for _, key in described.of("value")]
    assert follows == [number % 3 != 2 for number in range(8)]
    kinds = {kind.split()[0] for _, key in described.of("value") for kind in key["kinds"]}
    assert {"twin", "factual"} <= kinds <= {"twin", "factual", "held", "seen", "sample"}


def test_the_right_image_is_the_counterfactual_of_the_sample(described: Asked) -> None:
    twins, labels = described.data.images("train", "image_cf"), described.labels()
    for line, key in described.of("image"):
        place = "ABCD".index(key["answer"])
        assert key["kinds"][place] == "twin" and len(set(key["kinds"])) == 4
        shown = line["images"][-4:]
        assert len(set(shown)) == 4
        right = (described.place / shown[place]).read_bytes()
        assert hashlib.sha256(right).hexdigest() in shown[place]
        assert opened(right) == opened(png.encode(twins[[labels[key["sample"]]["index"]]])[0])


def opened(content: bytes) -> bytes:
    from PIL import Image

    with Image.open(io.BytesIO(content)) as image:
        return image.tobytes()
