"""The report of a data set as a whole: its sections, what it allows, and that data never become markup."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from reported import SIZE_LIMIT, Reader, changed, images

import scmgen
from scmgen.publish import report


def test_the_page_holds_all_it_shows_and_allows_nothing_else(pages: dict[str, Path]) -> None:
    for page in pages.values():
        told = Reader(page.read_text("utf-8"))
        policies = [t["content"] for tag, t in told.elements if t.get("http-equiv") == "Content-Security-Policy"]
        assert len(policies) == 1
        assert str(policies[0]).startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src '")
        for tag, attributes in told.elements:
            for key in ("src", "href", "action", "poster", "srcset"):
                assert str(attributes.get(key) or "#").startswith(("#", "data:image/png;base64,")), (tag, attributes)
            assert not any(key.startswith("on") for key in attributes), (tag, attributes)
        assert page.stat().st_size < SIZE_LIMIT


def test_every_id_is_used_once_and_every_reference_has_its_aim(pages: dict[str, Path]) -> None:
    for page in pages.values():
        told = Reader(page.read_text("utf-8"))
        ids = [t["id"] for _, t in told.elements if "id" in t]
        assert len(ids) == len(set(ids))
        aims = {str(t["href"])[1:] for _, t in told.elements if "href" in t} | {
            t["for"] for _, t in told.elements if "for" in t
        }
        assert aims <= set(ids)


def test_sections_of_a_generated_set(written: str) -> None:
    titles = re.findall(r"<h2>(.*?)</h2>", written)
    assert titles == [
        "Data set",
        "Causal graph",
        "Counterfactual pairs",
        "Effect maps",
        "Effects on factors",
        "Interventions",
        "Factors",
        "Values",
        "Pairs of factors",
        "First images",
        "Audit",
    ]


def test_a_chain_shows_each_step_from_where_it_starts(chain: Path, pages: dict[str, Path]) -> None:
    text = pages["chain"].read_text("utf-8")
    steps = re.findall(r"<h3>(.*?)</h3>", text)
    assert steps[0] == "Step 1, from the factual image"
    assert steps[1:3] == ["Step 2, from the step before", "Step 3, from the step before"]
    tables = Reader(text).tables
    assert {"effects of counterfactual", "effects of counterfactual, step 2"} <= set(tables)
    assert any(row[1].startswith("do(pendulum_angle, light_angle)") for row in tables["interventions"])
    row = next(row for row in tables["interventions"] if row[1] == "soft(shadow_length)")
    assert row[3] == "shadow_length := 0.5 × shadow_length + 2.95"  # noqa: RUF001
    data = scmgen.load(chain)
    seen = dict(images(text))
    second = next(alt for alt in seen if "counterfactual, step 2: soft(" in alt)
    number = int(second.split(",")[0].split("-")[1])
    np.testing.assert_array_equal(seen[second], data.images("train", "image_cf2")[number])
    before = seen[f"sample train-{number:09d}, counterfactual"]
    np.testing.assert_array_equal(before, data.images("train", "image_cf")[number])


def test_an_imported_set_says_what_it_cannot_have(squares: Path, pages: dict[str, Path]) -> None:
    text = pages["squares"].read_text("utf-8")
    titles = re.findall(r"<h2>(.*?)</h2>", text)
    assert titles == ["Data set", "Causal graph", "Factors", "Values", "Pairs of factors", "First images", "Audit"]
    assert "This data set was imported: it has no equations, no noise and no counterfactual images" in text
    assert "counterfactual</" not in text and "Factual samples are below" not in text
    assert re.findall(r'<label for="graph-\d+">(.*?)</label>', text)[:2] == ["observed", "do(light)"]
    data = scmgen.load(squares)
    source = next(iter(data.rows("train")))["source"]
    np.testing.assert_array_equal(
        next(pixels for alt, pixels in images(text) if alt.startswith(f"image of {source}:")),
        data.images("train")[0],
    )


def test_what_comes_from_a_data_set_is_text_and_never_markup(small: Path) -> None:
    data = scmgen.load(small)
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    factors = {name: {**told, "long_name": f'"{evil}'} for name, told in data.factors.items()}
    told = {"description": evil, "citation": evil, "license": evil, "factors": factors}
    text = report.compose(changed(data, **told), samples=50)
    assert text.count("<script") == 1
    assert "<img src=x" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_the_page_is_equal_on_each_run(small: Path, pages: dict[str, Path]) -> None:
    assert report.compose(scmgen.load(small)) == pages["small"].read_text("utf-8")
