"""The catalogue: its entries give what is pinned, in both sizes, and a build says so or what differs."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import costly
import numpy as np
import pytest
import yaml
from checkout import ROOT
from click.testing import CliRunner, Result
from one_scene import SCENE
from regimes import ALARM, TEXT
from scipy import stats

import scmgen
from scmgen.build.generated import build
from scmgen.checks import pins
from scmgen.checks.verify.verify import verify
from scmgen.cli.main import cli
from scmgen.dataset import catalogue, fingerprint
from scmgen.dataset.fingerprint import SAMPLES
from scmgen.dataset.labels import labels
from scmgen.dataset.sampling import compile_spec
from scmgen.errors import ScmgenError
from scmgen.storage.shards import plan

ENTRIES = catalogue.entries()
NAMES = {
    *("pendulum", "pendulum-classic", "pendulum-spurious", "flow", "shadow-sun", "shadow-point", "collision"),
    *("shapes-fixed", *(f"shapes-random-{d}" for d in (4, 8, 12))),
    *(f"spurious-pairs-{share}" for share in (50, 80, 95, 99)),
}

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Give the command line in an empty directory; a message on stderr fails no test."""
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: object, status: int = 0) -> Result:
        result = CliRunner().invoke(cli, list(map(str, arguments)), standalone_mode=False)
        if status == 0:
            assert result.exception is None, result.exception
        return result

    return invoke


@pytest.fixture(scope="module")
def script() -> Iterator[ModuleType]:
    """Give the script that pins."""
    found = importlib.util.spec_from_file_location("benchmarks_pins", ROOT / "benchmarks" / "pins.py")
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    yield module
    del sys.modules[found.name]


def recipe(**changes: Any) -> str:
    return yaml.safe_dump({"scene": "pendulum", "n": 60, "small": 30, "size": 16, "interventions": "hard", **changes})


def pinned(name: str, **changes: Any) -> dict[str, Any]:
    """The pins that a recipe gives, some of them changed."""
    spec = catalogue.spec(catalogue.find(name))
    found = fingerprint.content(compile_spec(spec))
    told = {"spec_hash": spec.hash, "labels": found["labels"], "pixels": found["pixels"], "software": pins.software()}
    return {**told, **changes}


# Entries


def test_the_catalogue_names_these_data_sets_each_in_two_sizes_with_pins() -> None:
    assert set(ENTRIES) >= NAMES
    for name, entry in ENTRIES.items():
        assert entry.small is not None and entry.small < entry.n, name
        assert entry.pins is not None and entry.version >= 1 and entry.description, name


@pytest.mark.parametrize("name", [name for name in ENTRIES if name not in costly.ENTRIES])
def test_an_entry_gives_what_is_pinned(name: str, script: ModuleType) -> None:
    assert script.measure(name) == script.pinned(ENTRIES[name])


@pytest.mark.parametrize("name", costly.ENTRIES)
def test_an_entry_whose_images_take_long_tells_what_is_pinned(name: str) -> None:
    """Its labels are told without its pixels, which are only one machine's."""
    pins, whole = ENTRIES[name].pins, compile_spec(catalogue.spec(catalogue.find(name)))
    parts = [fingerprint.part(split, labels(whole, whole.evaluate(split, 0, SAMPLES)), {}) for split in whole.regimes]
    assert pins is not None
    assert (whole.spec.hash, fingerprint.digests(parts)["labels"]) == (pins.spec_hash, pins.labels)


@pytest.mark.parametrize("name", ENTRIES)
def test_the_small_size_is_of_the_same_spec_and_smaller_in_every_split(name: str) -> None:
    source = catalogue.find(name)
    full, small = catalogue.spec(source), catalogue.spec(source, small=True)
    assert (small.hash, small.n, full.n) == (full.hash, source.entry.small, source.entry.n)
    assert all(8 <= small.sizes()[split] < size for split, size in full.sizes().items())


def test_the_table_of_the_page_is_that_of_the_catalogue(script: ModuleType) -> None:
    assert script.check(["pendulum"]) == []


def test_pinning_changes_nothing_but_the_pins(script: ModuleType) -> None:
    text = "# top\na:\n  scene: pendulum # why\n  pins:\n    spec_hash: old\n\n# about b\nb:\n  n: 3\n"
    found = {"spec_hash": "x", "labels": "y", "pixels": "z"}
    versions = yaml.safe_dump(pins.software(), default_flow_style=True, sort_keys=False, width=1000).strip()
    block = f"  pins:\n    spec_hash: x\n    labels: y\n    pixels: z\n    software: {versions}\n"
    assert script.write(text, "a", found) == f"# top\na:\n  scene: pendulum # why\n{block}\n# about b\nb:\n  n: 3\n"
    assert script.write(text, "b", found) == f"{text}{block}"


def test_the_script_says_which_pins_are_not_right(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = ENTRIES["pendulum"]
    assert entry.pins is not None
    wrong = entry.model_copy(update={"pins": entry.pins.model_copy(update={"pixels": "0" * 64})})
    monkeypatch.setattr(catalogue, "entries", lambda: {**ENTRIES, "pendulum": wrong})
    assert script.check(["pendulum"]) == ["pendulum: pixels differ from the pins"]
    monkeypatch.setattr(catalogue, "entries", lambda: {**ENTRIES, "pendulum": entry.model_copy(update={"pins": None})})
    assert script.check(["pendulum"])[0] == "pendulum: no pins"


def test_pins_are_sums(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(recipe(pins={"spec_hash": "12", "labels": "a", "pixels": "b"}))
    told = r"mine\.yaml:6: pins.spec_hash: a name that matches \^\[0-9a-f\]\{64\}\$ is needed, found '12'"
    with pytest.raises(ScmgenError, match=told):
        catalogue.find(str(tmp_path / "mine.yaml"))


# Two sizes


def test_the_small_data_set_grows_into_the_full_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(recipe())
    run("build", "mine.yaml", "--small", "--shard-size", 10, "-o", "grown", "-j", 1)
    manifest = json.loads(Path("grown/manifest.json").read_text())
    assert manifest["splits"] == {"train": 24, "validation": 3, "test": 3}
    before = Path("grown/mine-train-000000.tar").read_bytes()
    run("build", "mine.yaml", "--shard-size", 10, "-o", "grown", "-j", 1)
    run("build", "mine.yaml", "--shard-size", 10, "-o", "fresh", "-j", 1)
    assert Path("grown/mine-train-000000.tar").read_bytes() == before
    grown, fresh = ({p.name: p.read_bytes() for p in Path(d).iterdir()} for d in ("grown", "fresh"))
    assert grown == fresh


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("pendulum", "--n", 10), "--small and --n both choose the number of samples; give one of them"),
        (("shadow",), "--small: shadow has one size only; two have pendulum, pendulum-classic,"),
    ],
)
def test_what_has_no_small_size_is_told(run: Run, arguments: tuple[Any, ...], told: str) -> None:
    result = run("build", *arguments, "--small", status=2)
    assert isinstance(result.exception, ScmgenError) and str(result.exception).startswith(told)


def test_the_list_shows_versions_and_both_sizes(run: Run) -> None:
    lines = run("list").output.splitlines()
    assert lines[0] == "Data sets (scmgen build NAME; with --small the smaller size):"
    assert lines[1] == (
        "  pendulum             v1  20,000 or 2,000 pairs  at  64 px  angles of pendulum and lamp cause the shadow"
    )


# What a build says


def said(result: Result) -> str:
    return result.stderr.strip()


def test_a_build_of_an_entry_is_as_pinned_whatever_its_n(run: Run) -> None:
    assert said(run("build", "pendulum", "--n", 5, "-o", "d")) == "pendulum, version 1: as pinned in the catalogue"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--size", 32), "size is 32, not 64"),
        (("--seed", 3, "--set", "length_noise=0.1"), "seed is 3, not 0; length_noise is 0.1, not 0.25"),
        (("--interventions", "none", "--masks"), "other interventions; masks is true, not false"),
        (("--shard-size", 5), "shard_size is 5, not 1000"),
    ],
)
def test_a_build_that_overrides_an_entry_says_what(run: Run, arguments: tuple[Any, ...], told: str) -> None:
    result = run("build", "pendulum", "--n", 5, "-o", "d", *arguments)
    assert said(result) == f"not the catalogue's pendulum, version 1: {told}"


def test_another_causal_model_is_another_scene(run: Run) -> None:
    result = run("build", "shapes-random-4", "--scm-seed", 2, "--n", 5, "-o", "d")
    assert said(result) == "not the catalogue's shapes-random-4, version 1: another scene (equations, factors, free)"


def test_a_scene_that_nothing_pins_is_built_in_silence(run: Run) -> None:
    assert said(run("build", "shadow", "--n", 5, "-o", "d")) == ""


def test_a_recipe_of_ones_own_may_pin_too(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(recipe())
    path.write_text(recipe(pins=pinned("mine.yaml")))
    assert said(run("build", "mine.yaml", "-o", "d")) == "mine, version 1: as pinned in mine"
    path.write_text(recipe(version=2, pins=pinned("mine.yaml")))
    assert said(run("build", "mine.yaml", "-o", "e")) == "mine, version 2: as pinned in mine"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"pixels": "0" * 64}, "pixels differ: the same versions pinned it, so this machine computes otherwise"),
        ({"labels": "0" * 64, "pixels": "1" * 64}, "labels and pixels differ: the same versions pinned it"),
        (
            {"labels": "0" * 64, "software": {"numpy": "1.0", "scmgen": scmgen.__version__}},
            f"labels differ: numpy {np.__version__} here, 1.0 when it was pinned",
        ),
    ],
)
def test_the_same_spec_with_another_content_says_what_may_be_why(
    run: Run, tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(recipe())
    path.write_text(recipe(pins=pinned("mine.yaml", **changes)))
    result = said(run("build", "mine.yaml", "-o", "d"))
    assert result.startswith(f"mine, version 1: of the spec that mine pins, but its {told}")


def test_an_entry_that_changed_since_it_was_pinned_says_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(recipe(pins={"spec_hash": "0" * 64, "labels": "0" * 64, "pixels": "0" * 64}))
    told = "not mine's mine, version 1: the scene, the recipe or scmgen changed since it was pinned"
    assert said(run("build", "mine.yaml", "-o", "d")) == told


def test_an_older_version_is_told_by_verify_and_finalize_as_by_build(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("build", "pendulum", "--n", 5, "-o", "d", "--shards", "0/1")
    assert said(run("finalize", "d")) == "pendulum, version 1: as pinned in the catalogue"
    assert said(run("verify", "d")) == "pendulum, version 1: as pinned in the catalogue"
    newer = ENTRIES["pendulum"].model_copy(update={"version": 2})
    monkeypatch.setattr(catalogue, "entries", lambda: {**ENTRIES, "pendulum": newer})
    assert said(run("verify", "d")) == "not the catalogue's pendulum, version 2: version is 1, not 2"


def test_a_damaged_data_set_is_not_called_as_pinned(run: Run) -> None:
    run("build", "pendulum", "--n", 5, "-o", "d")
    Path("d/pendulum-train-000000.tar").write_bytes(b"")
    assert said(run("verify", "d")) == ""


def test_the_version_of_an_entry_is_said_and_not_hashed(tmp_path: Path) -> None:
    source = catalogue.find("pendulum")
    one, two = (catalogue.spec(source, n=5, size=16, version=version) for version in (1, 2))
    assert one.hash == two.hash and plan(one) == plan(two)
    assert build(two, tmp_path / "d")["version"] == 2


def test_interventional_environments_cut_each_factor_from_its_causes() -> None:
    scene = catalogue.load_scene("pendulum")
    environments = catalogue.interventional(scene)
    assert [e.name for e in environments] == ["observation", *(f"do_{name}" for name in scene.factors)]
    source = catalogue.find("pendulum")
    whole = compile_spec(catalogue.spec(source, environments=environments))
    batch = whole.evaluate("train", 0, 20_000)
    for number, (name, factor) in enumerate(scene.factors.items(), 1):
        low, high = factor.bounds
        assert stats.kstest(batch.values[name][batch.domain == number], "uniform", (low, high - low)).pvalue > ALARM


def test_a_recipe_file_builds_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "toy.yaml").write_text(TEXT)
    recipe = tmp_path / "my-toys.yaml"
    recipe.write_text(
        "scene: toy.yaml\nn: 40\nsize: 16\ninterventions: hard\nlabels: targets\nenvironments: interventional\n"
        "splits:\n  - {name: train, share: 3}\n  - {name: test, share: 1, where: side == right}\n"
    )
    spec = catalogue.spec(catalogue.find(str(recipe)))
    assert (spec.name, spec.n, spec.labels, len(spec.environments)) == ("my-toys", 40, "targets", 5)
    build(spec, tmp_path / "d")
    assert verify(tmp_path / "d", samples=None).faults == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("splts: []", "r.yaml:2: splts: unknown key; did you mean 'splits'?"),
        ("environments: interventionl", "r.yaml:2: environments: a list of environments, or interventional, is needed"),
        ("interventions: hrad", "r.yaml:2: interventions: no kind of intervention 'hrad'; did you mean 'hard'?"),
        ("splits: [{name: a, share: 1, wher: 1}]", "r.yaml:2: splits.0.wher: unknown key; did you mean 'where'?"),
        ("scm_seed: 3", ""),
    ],
)
def test_a_recipe_that_does_not_fit_is_told_by_its_line(line: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(f"scene: pendulum\n{line}\n")
    if message:
        with pytest.raises(ScmgenError) as caught:
            catalogue.find(str(tmp_path / "r.yaml"))
        assert str(caught.value).removeprefix(f"{tmp_path}/").startswith(message)
    else:
        assert catalogue.find(str(tmp_path / "r.yaml")).entry.scm_seed == 3


@pytest.mark.parametrize(
    "scene", ["/dev/zero", "../pendulum.yaml", "/etc/hosts.yaml", "sub/../../x.yaml", ".", "pendulm"]
)
def test_a_recipe_names_no_file_outside_its_folder(scene: str, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(f"scene: {scene}\n")
    with pytest.raises(ScmgenError, match=r"r\.yaml:1: scene: '.*' is no scene; write a YAML file beside the recipe"):
        catalogue.find(str(tmp_path / "r.yaml"))


def test_a_recipe_may_name_a_file_below_its_folder(tmp_path: Path) -> None:
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes" / "toy.yaml").write_text(TEXT)
    (tmp_path / "r.yaml").write_text("scene: scenes/toy.yaml\n")
    assert catalogue.find(str(tmp_path / "r.yaml")).name == "r"


def test_a_scene_of_ones_own_has_no_licence_unless_one_is_given(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(SCENE)
    (tmp_path / "told.yaml").write_text("scene: own.yaml\nlicense: CC-BY-4.0\n")
    (tmp_path / "bundled.yaml").write_text("scene: pendulum\n")
    licences = {
        name: catalogue.spec(catalogue.find(str(tmp_path / f"{name}.yaml"))).license for name in ("own", "told")
    }
    assert licences == {"own": "unknown", "told": "CC-BY-4.0"}
    assert catalogue.spec(catalogue.find(str(tmp_path / "own.yaml")), license="MIT").license == "MIT"
    for name in ("pendulum", "shadow", str(tmp_path / "bundled.yaml")):
        assert catalogue.spec(catalogue.find(name)).license == "CC0-1.0"


def test_a_directory_is_no_scene(tmp_path: Path) -> None:
    with pytest.raises(ScmgenError) as caught:
        catalogue.load_scene(tmp_path)
    assert str(caught.value) == f"{tmp_path}: is a directory; a scene is one file, which ends with .yaml"
