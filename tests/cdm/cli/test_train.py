"""A training under way - precision, logs, pictures, Ctrl-C, memory, locks - and what the commands draw and print."""

from __future__ import annotations

import json
import math
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import numpy as np  # noqa: E402
import toy  # noqa: E402
from click.testing import CliRunner  # noqa: E402
from PIL import Image  # noqa: E402

import cdm  # noqa: E402
from cdm import config, files  # noqa: E402
from cdm.cli import main  # noqa: E402
from cdm.config import Config  # noqa: E402
from cdm.data.pairs import Pairs, open_data  # noqa: E402
from cdm.errors import CdmError  # noqa: E402
from cdm.models import checkpoint, effects  # noqa: E402
from cdm.models.causal_diffusion import CausalDiffusionModel  # noqa: E402
from cdm.runs import estimate, journal, lock, pictures, progress, sketch  # noqa: E402  # noqa: E402
from cdm.scm import codes  # noqa: E402
from cdm.scm.domains import Categorical, Circular, Continuous  # noqa: E402
from cdm.training import coding, machine, phases, run, train  # noqa: E402
from cdm.training.feed import Batch, Noise  # noqa: E402
from cdm.training.losses import Terms  # noqa: E402
from scmgen.publish.graph.picture import svg  # noqa: E402
from scmgen.scm import graph_file  # noqa: E402

TINY = {
    "encoder_steps": 20,
    "encoder_batch": 8,
    "mechanism_steps": 10,
    "draft_steps": 10,
    "draft_batch": 4,
    "denoiser_steps": 10,
    "denoiser_batch": 4,
}
SETTINGS = [word for name, count in TINY.items() for word in ("--set", f"{name}={count}")]
SCRIPT = "from cdm.cli.main import main; main()"


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write(tmp_path_factory.mktemp("toy"), 400)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def pairs(where: Path, cache: Path) -> Pairs:
    return open_data(str(where), "train", cache)


@pytest.fixture(scope="module")
def learned(where: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the directory of a run that the command line trained, with 300 steps of the encoder."""
    out = tmp_path_factory.mktemp("learned") / "run"
    call("train", str(where), "-o", str(out), *SETTINGS, "--set", "encoder_steps=300", "--cache", str(cache))
    return out


def call(*arguments: str) -> str:
    """Run a command in this process; give what it printed."""
    done = CliRunner().invoke(main.cli, list(arguments), standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.output


def same(a: CausalDiffusionModel, b: CausalDiffusionModel) -> bool:
    one, other = a.state_dict(), b.state_dict()
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


# Precision and processes


def test_bf16_trains_and_the_checkpoint_says_so(pairs: Pairs, tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = []
    begun = run.start(pairs, config.make("quick", precision="bf16", **TINY), tmp_path)
    begun.log = lines.append
    trained = train.fit(begun)
    assert checkpoint.read(tmp_path)[0]["config"]["precision"] == "bf16"
    assert {weight.dtype for weight in trained.parameters()} == {torch.float32}
    assert all(torch.isfinite(weight).all() for weight in trained.parameters())
    assert all(math.isfinite(v) for line in lines for v in line.values() if isinstance(v, float))
    assert not same(trained, train.fit(run.start(pairs, config.make("quick", **TINY))))


def test_fp16_is_refused_where_it_would_be_fp32(pairs: Pairs) -> None:
    with pytest.raises(CdmError, match=r"^precision 'fp16' on cpu: it needs a GPU; there are fp32, bf16$"):
        train.fit(run.start(pairs, config.make("quick", precision="fp16", **TINY)))


def test_the_scale_of_fp16_is_kept() -> None:
    one, other = (SimpleNamespace(scaler=torch.amp.GradScaler("cpu", init_scale=scale)) for scale in (8.0, 2.0))
    machine.rescale(other, machine.scaling(one))  # type: ignore[arg-type]
    assert other.scaler.get_scale() == 8.0
    assert machine.scaling(SimpleNamespace(scaler=None)) == {}  # type: ignore[arg-type]


def test_processes_that_share_a_run_have_one_model_and_batches_of_their_own(
    where: Path, cache: Path, tmp_path: Path
) -> None:
    code = (
        "import hashlib, os, sys; from pathlib import Path; from cdm import config; from cdm.data import pairs\n"
        "from cdm.training import run, train\n"
        f"split = pairs.open_data({str(where)!r}, 'train', Path({str(cache)!r}))\n"
        f"model = train.fit(run.start(split, config.make('quick', **{TINY!r}), Path({str(tmp_path)!r})))\n"
        "state = b''.join(t.numpy().tobytes() for t in model.state_dict().values())\n"
        f"Path({str(tmp_path)!r}, 'rank' + os.environ.get('RANK', '')).write_text(hashlib.sha256(state).hexdigest())"
    )
    (tmp_path / "go.py").write_text(code)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run([*command, str(tmp_path / "go.py")], check=True, timeout=300, env=environment, capture_output=True)
    sums = {(tmp_path / f"rank{number}").read_text() for number in (0, 1)}
    alone = train.fit(run.start(open_data(str(where), "train", cache), config.make("quick", **TINY)))
    assert len(sums) == 1
    assert not torch.equal(alone.encoder.head[0].weight, cdm.load(tmp_path).encoder.head[0].weight)


# Log, events, pictures


def test_a_run_tells_of_itself(learned: Path) -> None:
    lines = [json.loads(line) for line in (learned / journal.LOG).read_text().splitlines()]
    order = list(dict.fromkeys(line["phase"] + line.get("after", "") for line in lines))
    assert order == ["encoder", "graphencoder", "refine", "graphrefine", "mechanisms", "draft", "denoiser"]
    assert [line["SHD"] for line in lines if line["phase"] == "graph"][-1] == 0
    with Image.open(learned / journal.SAMPLES / "000010.png") as drawn:
        assert drawn.size[0] > 8 * 96 and drawn.size[1] > 3 * 96


def _events(out: Path) -> dict[str, list[int]]:
    """The steps of each curve, as TensorBoard shows them."""
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    found = accumulator.EventAccumulator(str(out / journal.EVENTS))
    found.Reload()
    tags = found.Tags()
    assert tags["images"] in ([], ["samples"])
    return {tag: [event.step for event in found.Scalars(tag)] for tag in tags["scalars"]}


def test_a_run_that_went_on_has_one_curve(
    where: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pairs: Pairs
) -> None:
    monkeypatch.setattr(train, "_LOG_EVERY", 1)
    told, truth = config.make("quick", **TINY), torch.tensor(toy.ADJACENCY)
    for name, stops in (("whole", False), ("broken", True)):
        for _ in range(2):
            begun = run.start(pairs, told, tmp_path / name)
            run.resume(begun)
            (tmp_path / name).mkdir(exist_ok=True)
            with journal.kept(begun, tmp_path / name, truth):
                if stops and begun.phase == 0:
                    _break_after_the_checkpoint(begun, monkeypatch)
                    with pytest.raises(ZeroDivisionError):
                        train.fit(begun)
                    monkeypatch.setattr(train, "_SAVE_EVERY", 500)
                else:
                    train.fit(begun)
    logs = [(tmp_path / name / journal.LOG).read_text() for name in ("whole", "broken")]
    assert logs[0] == logs[1]
    curves = [_events(tmp_path / name) for name in ("whole", "broken")]
    assert curves[0] == curves[1]
    assert curves[0]["denoiser/denoise"] == list(range(41, 51))
    assert curves[0]["graph/SHD"] == [12, 20]


def _break_after_the_checkpoint(begun: run.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Save at step 4 of the denoiser, stop as a crash would at step 7, and leave half a line."""
    tell = begun.log

    def log(line: dict[str, Any]) -> None:
        tell(line)
        if line["phase"] == "denoiser":
            monkeypatch.setattr(train, "_SAVE_EVERY", 4 if line["step"] == 4 else 500)
            if line["step"] == 7:
                assert begun.out is not None
                with (begun.out / journal.LOG).open("a") as file:
                    file.write('{"phase": "denoi')
                raise ZeroDivisionError

    begun.log = log


def test_events_are_an_option(pairs: Pairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = run.start(pairs, config.make("quick", **TINY))
    with journal.kept(begun, tmp_path, events=False):
        begun.log({"phase": "encoder", "step": 1, "steps": 2, "anchor": 1.0})
    assert not (tmp_path / journal.EVENTS).exists()
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with journal.kept(begun, tmp_path):
        pass
    with pytest.raises(CdmError, match=r"^--tensorboard needs tensorboard: pip install 'scmgen\[cdm\]'$"):
        with journal.kept(begun, tmp_path, events=True):
            pass


def test_looking_on_changes_no_weight(pairs: Pairs, tmp_path: Path) -> None:
    told = config.make("quick", **TINY)
    begun = run.start(pairs, told)
    with journal.kept(begun, tmp_path):
        watched = train.fit(begun)
    assert len(list((tmp_path / journal.SAMPLES).iterdir())) == 10
    assert same(watched, train.fit(run.start(pairs, told)))


def test_a_sketch_of_images_without_pairs(tmp_path: Path) -> None:
    plain = open_data(str(toy.write(tmp_path / "toy", 40, pairs=False)), "train", tmp_path)
    told = config.make("quick", supervision="labels", graph="given", **TINY)
    begun = run.start(plain, told, given=torch.tensor(toy.ADJACENCY))
    assert sketch.grid(begun).size[1] == 4 + 2 * (96 + 4)


def test_a_graph_line_tells_what_was_found() -> None:
    told = {"phase": "graph", "after": "encoder", "edges": [["a", "b"]]}
    assert progress.graph_line(told) == "graph after encoder: a -> b"
    assert progress.graph_line({**told, "edges": [], "SHD": 1}) == "graph after encoder: no edges; SHD 1"


def test_nothing_is_shown_where_there_is_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    with progress.training() as tell:
        tell({"phase": "encoder", "step": 1, "steps": 2, "anchor": 0.5})
    assert capfd.readouterr() == ("", "")


# Interrupted


@pytest.mark.parametrize("phase", phases.PHASES)
def test_ctrl_c_keeps_the_very_step_and_the_run_ends_as_if_it_had_not_been(
    pairs: Pairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, phase: str
) -> None:
    told = config.make("quick", joint_steps=8, **TINY)
    whole = train.fit(run.start(pairs, told))
    monkeypatch.setattr(train, "_LOG_EVERY", 1)

    def press(line: dict[str, Any]) -> None:
        if (line["phase"], line.get("step")) == (phase, 5):
            signal.raise_signal(signal.SIGINT)

    begun = run.start(pairs, told, tmp_path)
    begun.log = press
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt, match=f"^in phase {phase} at step 5 of "):
        train.fit(begun)
    assert signal.getsignal(signal.SIGINT) is before
    resumed = run.start(pairs, told, tmp_path)
    assert run.resume(resumed)
    assert (phases.PHASES[resumed.phase], resumed.step) == (phase, 5)
    assert same(train.fit(resumed), whole)
    assert same(cdm.load(tmp_path), whole)


def test_a_second_ctrl_c_does_not_wait(pairs: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(*told: object) -> Terms:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("it went on")

    monkeypatch.setattr(coding, "encoder_terms", twice)
    with pytest.raises(KeyboardInterrupt):
        train.fit(run.start(pairs, config.make("quick", **TINY)))


def test_ctrl_c_on_the_command_line(where: Path, cache: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    line = ["train", str(where), "-o", str(out), *SETTINGS, "--set", "denoiser_steps=100000", "--cache", str(cache)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen([sys.executable, "-c", SCRIPT, *line], stderr=subprocess.PIPE, env=environment) as started:
        for _ in range(2400):
            if started.poll() is not None or (
                (out / journal.LOG).exists() and "denoise" in (out / journal.LOG).read_text()
            ):
                break
            time.sleep(0.1)
        started.send_signal(signal.SIGINT)
        _, told = started.communicate(timeout=120)
    assert started.returncode == 130, told
    step = checkpoint.read(out)[0]["step"]
    kept = f"{out} keeps what was done, the same command goes on"
    assert told.decode().strip() == f"cdm: interrupted in phase denoiser at step {step} of 100000; {kept}"
    assert step >= 1


# What goes wrong


def test_a_gradient_that_is_not_finite_stops_before_it_spoils_the_weights(
    pairs: Pairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms = coding.mechanism_terms

    def spoiled(model: CausalDiffusionModel, told: Config, batch: Batch, noise: Noise) -> Terms:
        weight, third = model.mechanisms.weights[0], noise.share == 3 / TINY["mechanism_steps"]
        more = (weight * 0).sum().sqrt() if third else weight.new_zeros(())  # its slope is infinite
        return {"likelihood": terms(model, told, batch, noise)["likelihood"] + more}

    monkeypatch.setattr(coding, "mechanism_terms", spoiled)
    begun = run.start(pairs, config.make("quick", **TINY), tmp_path)
    message = r"^the gradient of phase mechanisms is nan at step 3; the last good checkpoint is .*--set mechanism_rate="
    with pytest.raises(CdmError, match=message):
        train.fit(begun)
    assert all(torch.isfinite(weight).all() for weight in begun.model.parameters())
    assert checkpoint.read(tmp_path)[0]["phase"] == 2


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (12 * 2**30, 12 * 2**30))


def test_out_of_memory_names_the_option_and_keeps_the_checkpoint(where: Path, cache: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    line = ["train", str(where), "-o", str(out), *SETTINGS, "--cache", str(cache)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", SCRIPT, *line, "--set", "denoiser_batch=10000000000"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=300, env=environment, preexec_fn=_limited
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (
        2,
        "cdm: out of memory in phase denoiser at step 0 with denoiser_batch=10000000000 on cpu; the last good "
        f"checkpoint is {out}; go on with smaller batches: --set denoiser_batch=5000000000\n",
    )
    assert checkpoint.read(out)[0]["phase"] == 4
    assert call(*line).startswith(f"{out}: trained in ")  # the option of a phase that had not begun may change
    with pytest.raises(CdmError, match="another configuration: denoiser_batch: 4 there, 5 here; train with"):
        call(*line, "--set", "denoiser_batch=5")


def test_options_of_phases_that_have_not_begun_may_change() -> None:
    told = config.make("quick")
    assert phases.changeable(told, 5, 1) == set()
    assert {"draft_batch", "focus"} <= phases.changeable(told, 3, 0)
    assert "focus" not in phases.changeable(told, 4, 0)  # the draft's phase has read it
    assert "mechanism_rate" not in phases.changeable(told, 3, 0)
    begun = phases.changeable(told, 0, 7)
    assert {"mechanism_rate", "steady"} <= begun and not {"encoder_rate", "sparse", "seed", "style"} & begun


def test_one_training_at_a_time(where: Path, cache: Path, learned: Path) -> None:
    log = (learned / journal.LOG).read_bytes()
    code = (
        "import time; from cdm.runs import lock; from pathlib import Path\n"
        f"with lock.held(Path({str(learned)!r})):\n    print(flush=True)\n    time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        for more in ([], ["--force"]):
            with pytest.raises(
                CdmError, match=rf"^{learned}: another training is under way in it; wait for it, or choose"
            ):
                call("train", str(where), "-o", str(learned), *SETTINGS, "--cache", str(cache), *more)
        other.kill()
    assert (learned / journal.LOG).read_bytes() == log
    assert checkpoint.read(learned)[0]["phase"] == len(phases.PHASES)
    with lock.held(learned):
        pass


def test_what_a_killed_process_left_is_removed(tmp_path: Path, pairs: Pairs) -> None:
    (tmp_path / f".{checkpoint.FILE}.0123.tmp").write_bytes(b"half")
    files.sweep(tmp_path / checkpoint.FILE)
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_that_cannot_be_written_leaves_the_one_before(learned: Path, tmp_path: Path) -> None:
    file = tmp_path / checkpoint.FILE
    checkpoint.save(file, cdm.load(learned), {"phase": 1})
    code = (
        "import resource, sys, cdm; from pathlib import Path; from cdm.models import checkpoint\n"
        f"model = cdm.load({str(learned)!r})\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        f"checkpoint.save(Path({str(file)!r}), model, dict(phase=2))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert f"CdmError: {file}: cannot be written: " in done.stderr
    assert checkpoint.read(file)[0]["phase"] == 1
    assert [path.name for path in tmp_path.iterdir()] == [checkpoint.FILE]


def test_a_run_on_another_data_set_is_not_taken_up(learned: Path, cache: Path, tmp_path: Path) -> None:
    other = toy.write(tmp_path / "toy", 400, seed=5)
    line = ["train", str(other), "-o", str(learned), *SETTINGS, "--set", "encoder_steps=300", "--cache", str(cache)]
    with pytest.raises(CdmError, match=rf"^{learned}: holds a run on another data set; choose another --out, or begin"):
        call(*line)


# Questions


def test_a_model_that_has_not_come_so_far_says_so(pairs: Pairs, where: Path, cache: Path, tmp_path: Path) -> None:
    begun = run.start(pairs, config.make("quick", **TINY), tmp_path)
    begun.log = lambda line: signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train.fit(begun)
    png = str(tmp_path / "x.png")
    with pytest.raises(
        CdmError, match=r": its training has come to phase encoder; train on, this needs phase denoiser$"
    ):
        call("sample", str(tmp_path), "-o", png)
    with pytest.raises(CdmError, match=r": its training has come to phase encoder; train on, this needs phase refine$"):
        call("encode", str(tmp_path), "--data", str(where), "-o", png, "--cache", str(cache))
    with pytest.raises(CdmError, match=r": the run has not come so far that a graph was found; train on$"):
        call("graph", str(tmp_path))


def test_graphs_as_text(learned: Path, tmp_path: Path) -> None:
    assert call("graph", str(learned)) == "a -> b  (1.00)\n"
    assert call("graph", str(learned), "-f", "dot") == (
        'digraph learned {\n  "a";\n  "b";\n  "k";\n  "a" -> "b" [label="1.00"];\n}\n'
    )
    call("graph", str(learned), "-f", "json", "-o", str(tmp_path / "deep" / "g.json"))
    assert json.loads((tmp_path / "deep" / "g.json").read_text())["adjacency"] == toy.ADJACENCY


def test_a_given_graph_has_no_probabilities(pairs: Pairs, tmp_path: Path) -> None:
    told = config.make("quick", graph="given", **TINY)
    train.fit(run.start(pairs, told, tmp_path, given=torch.tensor(toy.ADJACENCY)))
    assert call("graph", str(tmp_path)) == "a -> b\ngiven, not learned\n"
    assert '"a" -> "b";' in call("graph", str(tmp_path), "-f", "dot")
    assert "probability" not in json.loads(call("graph", str(tmp_path), "-f", "json"))


def test_the_generator_draws_what_was_learned(learned: Path) -> None:
    graph = graph_file.parse(call("graph", str(learned), "-f", "json"), Path("learned"))
    assert ">1.00</text>" in svg(graph) and 'data-from="a" data-to="b"' in svg(graph)


def test_a_sequence_of_dos_keeps_what_was_set(learned: Path, where: Path, cache: Path, tmp_path: Path) -> None:
    """Set b, then a: b stays; what is drawn is the answer to both at once."""
    arguments = ["--data", str(where), "--n", "3", "--cache", str(cache)]
    for name, dos in (("both", ["b=0.8", "a=0.1"]), ("once", ["b=0.8,a=0.1"]), ("late", ["a=0.1", "b=0.8"])):
        words = [word for do in dos for word in ("--do", do)]
        call("counterfactual", str(learned), *arguments, *words, "-o", str(tmp_path / f"{name}.png"))
    rows = {}
    for name in ("both", "once", "late"):
        with Image.open(tmp_path / f"{name}.png") as drawn:
            rows[name] = np.asarray(drawn)[-100:, -300:]
    assert np.array_equal(rows["both"], rows["once"]) and np.array_equal(rows["both"], rows["late"])


def test_one_seed_is_one_sample(learned: Path, tmp_path: Path) -> None:
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        call("sample", str(learned), "--n", "2", "--seed", seed, "-o", str(tmp_path / f"{name}.png"))
    a, b, c = ((tmp_path / f"{name}.png").read_bytes() for name in "abc")
    assert a == b != c


def test_images_of_another_kind_are_refused(learned: Path, tmp_path: Path) -> None:
    manifest = json.loads((toy.write(tmp_path / "toy", 40) / "manifest.json").read_text())
    manifest["factors"]["a"]["range"] = [0.0, 2.0]
    (tmp_path / "toy" / "manifest.json").write_text(json.dumps({**manifest, "digest": "0" * 64}))
    with pytest.raises(CdmError, match=r"toy: other factors than the model was trained on \(a, b, k\)$"):
        call(
            "traverse",
            str(learned),
            "--data",
            str(tmp_path / "toy"),
            "-o",
            str(tmp_path / "t.png"),
            "--cache",
            str(tmp_path),
        )


def test_captions_stand_above_their_images() -> None:
    rows = [("one\ntwo", torch.zeros(2, 3, 16, 16)), ("three", torch.zeros(2, 3, 16, 16))]
    bare, told = pictures.grid(rows), pictures.grid(rows, [["a\n= 0.5", "b\n= a name that is much too long"]])
    assert told.size == (bare.size[0], bare.size[1] + 30)


# Effects


class _Shift(CausalDiffusionModel):
    """A model whose circular outcome is the cause and a noise, and whose levels follow the cause."""

    def __init__(self) -> None:
        torch.nn.Module.__init__(self)
        turn = codes.Factor("turn", Circular(0.0, 360.0), unit="degree")
        kind = codes.Factor("kind", Categorical(("low", "high")))
        self.code = codes.Code((codes.Factor("cause", Continuous(0.0, 1.0)), turn, kind))

    def sample_codes(self, do: Any, n: int, seed: int = 0) -> torch.Tensor:
        noise = torch.randn(n, generator=torch.Generator().manual_seed(seed))
        cause = torch.full((n,), do["cause"])
        turn = (350 + 40 * cause + 10 * noise) % 360
        return self.code.encode(torch.stack([cause, turn, (cause + noise / 2 > 0.5).float()], dim=1))


def test_the_effect_on_an_angle_is_the_shorter_way_round() -> None:
    (found,) = effects.average(_Shift(), "cause", "turn", 0.0, 1.0, 4000)
    assert (found.quantity, found.unit) == ("turn", "degree")
    assert abs(found.low - 350) < 0.6 and abs(found.high - 30) < 0.6
    assert abs(found.difference - 40) < 1e-3 and found.error < 1e-3  # the noise is the same on both sides
    (back,) = effects.average(_Shift(), "cause", "turn", 1.0, 0.0, 4000)
    assert abs(back.difference + 40) < 1e-3


def test_the_effect_on_levels_is_the_change_of_their_probability() -> None:
    low, high = effects.average(_Shift(), "cause", "kind", 0.0, 1.0, 4000)
    assert (low.quantity, high.quantity) == ("P(kind = low)", "P(kind = high)")
    assert abs(low.difference + high.difference) < 1e-9
    assert abs(high.low - 0.1587) < 0.02 and abs(high.high - 0.8413) < 0.02  # Phi(-1), Phi(1)
    assert 0.004 < high.error < 0.012
    assert Categorical(("low", "high")).apart() == (0.0, 1.0)


def test_the_error_of_an_effect_is_that_of_repeated_draws() -> None:
    found = [effects.average(_Shift(), "cause", "kind", 0.0, 1.0, 400, seed)[1] for seed in range(200)]
    spread = float(np.std([f.difference for f in found]))
    assert 0.8 < spread / float(np.mean([f.error for f in found])) < 1.25


def test_effects_on_the_command_line(learned: Path) -> None:
    lines = call("effect", str(learned), "--of", "k", "--on", "k", "--from", "red", "--to", "blue", "--n", "50")
    assert lines.splitlines()[:3] == [
        "do(k = red): mean P(k = red) 1", "do(k = blue): mean P(k = red) 0", "average effect -1 +- 0",
    ]  # fmt: skip
    told = call("effect", str(learned), "--of", "a", "--on", "b", "--n", "200")
    assert re.search(
        r"^do\(a = 0\.25\): mean b [\d.]+\ndo\(a = 0\.75\): mean b [\d.]+\naverage effect [\d.]+ \+- ", told
    )


def test_an_estimate_counts_every_phase(pairs: Pairs) -> None:
    told = estimate.estimate(run.start(pairs, config.make("quick", joint_steps=5, **TINY)))
    assert set(told.seconds) == {*phases.PHASES, "codes"} and all(seconds > 0 for seconds in told.seconds.values())
    assert set(told.parameters) == {"encoder", "style", "draft", "mechanisms", "tokens", "denoiser"}
    assert told.memory > 50e6
