"""The archives of BISCUIT: those of CITRIS, and what acts in each image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
from exported import made

from scmgen.publish import exports


def test_biscuit_gets_what_citris_gets_and_its_actions(tmp_path: Path) -> None:
    data = made(tmp_path / "pong", "pong", n=10, interventions="hard:at=each,probability=0.3")
    both = [exports.export(data, to, tmp_path / to) for to in ("citris", "biscuit")]
    names = {path.name for path in both[0].iterdir()}
    assert names == {path.name for path in both[1].iterdir()}
    for name in sorted(name for name in names if name.endswith(".npz")):
        with np.load(both[0] / name) as one, np.load(both[1] / name) as other:
            own, more = dict(one), dict(other)
        actions = more.pop("actions", None)
        assert own.keys() == more.keys() and all(np.array_equal(own[key], more[key]) for key in own), name
        if name.endswith("_triplets.npz"):
            assert actions is None
            continue
        assert actions is not None and actions.shape == own["latents"].shape and set(np.unique(actions)) <= {0.0, 1.0}
        if name.endswith("_indep.npz"):
            assert actions.all()
        else:  # an action leads to the image at its place, a target from the image at its place to the next
            np.testing.assert_array_equal(actions[1:], own["targets"])
            assert actions[::16].all() and 0.01 < actions.mean() < 0.5
    settings = [orjson.loads((out / "settings.json").read_bytes()) for out in both]
    assert settings[0] == settings[1]
    now, before = (np.array(settings[0][name]) for name in ("causal_graph", "temporal_causal_graph"))
    columns = list(data.factors)
    lags = {(a, b, lag) for a, b, lag in data.graph.edges(data="lag")} if data.graph is not None else set()
    for lag, matrix in ((0, now), (1, before)):
        edges = {(columns[a], columns[b], lag) for a, b in np.argwhere(matrix).tolist()}
        assert edges == {edge for edge in lags if edge[2] == lag}
