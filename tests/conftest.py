"""Small data sets and trained models that tests share; none may change them."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from PIL import Image

from scmgen.build.generated import build
from scmgen.cli.main import cli
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from cdm.data.pairs import Pairs
    from cdm.models.causal_diffusion import CausalDiffusionModel

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run beside each other: threads of one would wait for another's

signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it, and so would what tests start

_QUIET = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking".split()


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 300 pairs of the pendulum with masks at 64 px: train 100 + 100 + 40, validation 30, test 30."""
    out = tmp_path_factory.mktemp("small") / "pendulum"
    build(catalogue.spec(catalogue.find("pendulum"), n=300, shard_size=100, size=64, masks=True), out, workers=1)
    return out


@pytest.fixture(scope="session")
def weak(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything at once: a chain in environments, with masks and effects, whose labels tell nothing of it."""
    out = tmp_path_factory.mktemp("weak") / "pendulum"
    source = catalogue.find("pendulum")
    more = {"masks": True, "effects": True, "labels": "hidden", "environments": catalogue.interventional(source.scene)}
    build(catalogue.spec(source, n=40, size=16, interventions=parse("hard; soft:scale=0.5"), **more), out)
    return out


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 20 imported pictures of 16 px with two labels, and the graph that somebody drew over them."""
    home = tmp_path_factory.mktemp("foreign")
    (home / "pictures").mkdir()
    rows = ["file,kind,brightness"]
    for number in range(20):
        Image.new("RGB", (16, 16), (12 * number, 90, 60)).save(home / "pictures" / f"p{number:02d}.png")
        rows.append(f"p{number:02d}.png,{'red' if number > 10 else 'green'},{12 * number}")
    (home / "table.csv").write_text("\n".join(rows) + "\n")
    (home / "graph.json").write_text('{"edges": [["kind", "brightness"]]}')
    files = [str(home / name) for name in ("pictures", "table.csv", "graph.json", "data")]
    line = ["import", files[0], "--labels", files[1], "--graph", files[2], "--categorical", "kind", "-o", files[3]]
    done = CliRunner().invoke(cli, [*line, "-j", "1"], standalone_mode=False)
    assert done.exception is None, done.exception
    return home / "data"


# What the tests of cdm share; torch is imported where one of them asks.


@pytest.fixture(scope="session")
def toy_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 400 pairs of the toy, and 100 of its test split."""
    import toy

    return toy.write(tmp_path_factory.mktemp("toy") / "toy", 400)


@pytest.fixture(scope="session")
def toy_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the directory of decoded splits."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def toy_pairs(toy_data: Path, toy_cache: Path) -> Pairs:
    """Give the training split of the toy."""
    from cdm.data.pairs import open_data

    return open_data(str(toy_data), "train", toy_cache)


@pytest.fixture(scope="session")
def toy_run(toy_data: Path, toy_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the directory of a run that the command line trained, with 300 steps of the encoder."""
    from trainings import SETTINGS, call

    out, more = tmp_path_factory.mktemp("learned") / "run", ["--set", "encoder_steps=300"]
    call("train", str(toy_data), "-o", str(out), *SETTINGS, *more, "--cache", str(toy_cache))
    return out


@pytest.fixture(scope="session")
def taught_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 2,400 pairs of the toy: enough to learn it."""
    import toy

    return toy.write(tmp_path_factory.mktemp("taught") / "toy", 2400)


@pytest.fixture(scope="session")
def taught_pairs(taught_data: Path, toy_cache: Path) -> Pairs:
    """Give the training split of those."""
    from cdm.data.pairs import open_data

    return open_data(str(taught_data), "train", toy_cache)


@pytest.fixture(scope="session")
def taught(taught_pairs: Pairs, tmp_path_factory: pytest.TempPathFactory) -> CausalDiffusionModel:
    """Give a model that has learned the toy, as it is loaded from its checkpoint."""
    from trainings import LEARNS

    import cdm
    from cdm import config
    from cdm.training import run, train

    out = tmp_path_factory.mktemp("taught-run")
    train.fit(run.start(taught_pairs, config.make("quick", **LEARNS), out))
    return cdm.load(out)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give a headless Chromium of this machine; none is a reason to skip, and a fault where ``CI`` is true."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.fail("no Chromium on this machine") if os.environ.get("CI") == "true" else pytest.skip("no Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=found, args=_QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Give an empty page, 1,280 px wide; whatever a test does with it must leave no error in its console."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page, faults = context.new_page(), []
    page.on("console", lambda told: faults.append(told.text) if told.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert faults == []
