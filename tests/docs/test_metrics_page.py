"""docs/reference/metrics.md: its example runs, and its table names every metric."""

from __future__ import annotations

import re

from checkout import ROOT

from cdm import metrics

PAGE = (ROOT / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")


def test_the_example_runs(capsys: object) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(code, "docs/reference/metrics.md", "exec"), {})  # noqa: S102


def test_every_metric_stands_in_the_table() -> None:
    told = set(re.findall(r"`(\w+)`", PAGE))
    assert told >= set(metrics.__all__) - {"Factor"}
    assert all(hasattr(metrics, name) for name in metrics.__all__) and metrics.__all__ == sorted(metrics.__all__)
