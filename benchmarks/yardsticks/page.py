"""docs/reference/performance.md, from the files of results."""

from __future__ import annotations

import runpy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

BUILD = Path(__file__).resolve().parent.parent / "build" / "page.py"
LEAN, OURS = "matplotlib, a figure reused", "scmgen, a whole build"
AIMS = {"pendulum": ("1/1.8", "1/3")}  # of the time before; of all others the half, and a third
FAR = 10**9


HEAD = """# Performance

Written by `python benchmarks/yardsticks page docs/reference/performance.md`; every figure is in
`benchmarks/results/yardsticks.json` or `benchmarks/results/build.json`. Both sides of every ratio were measured in
one run on one machine.

## Beside what else draws, and beside before

`python benchmarks/yardsticks` on {cores} cores ({system}), Python {python}; load averages {start} at the start and
{end} at the end. CPU time is compared.
"""
WAYS = """
CPU-microseconds an image of the pendulum at 96 px as a PNG file. Ours is the whole build, with Python's start, labels,
archive and manifest, and draws more; the others draw bob, rod, light and shadow, and had been started before.
"""
SCALE = """
## Past one machine

{pairs:,} pairs at 32 px, in four parts as the jobs of an array write them (`--shards 0/4` to `3/4`), took {cpu:.1f}
CPU-seconds, and `finalize`, which reads what they wrote, {final:.1f}; the largest process of this run had
{peak} MB.{dask}

Extrapolated from these figures, {far:,} pairs take {hours:,.0f} hours of one core, or {less:.1f} hours of a
thousand, and {tera:.1f} TB. With {each:,.0f} pairs a shard they are {shards:,.0f} shards, of which a data set may have
100,000: that limit is met first, and a larger `--shard-size` is what it asks for. After it comes `finalize`, one
process on one machine: {finals:,.0f} hours by these figures with one worker. It reads every shard once, so `-j` helps
as far as the disk does. The manifest, which lists the shards, would have {listed:,.0f} MB at this shard size, and a
tenth of that at ten times the size.
"""


def page(build: dict[str, Any], yardsticks: dict[str, Any]) -> str:
    """The whole page."""
    start, end = (", ".join(map(str, yardsticks["load"][when])) for when in ("at the start", "at the end"))
    parts = [
        HEAD.format(**yardsticks["machine"], start=start, end=end),
        *table(("what", "must", "aim", "measured"), targets(yardsticks)),
        WAYS,
        *table(("way to draw", "us an image", "times ours"), ways(yardsticks["images"])),
    ]
    if "before" in yardsticks:
        parts += [
            "",
            f"CPU-microseconds a pair at 64 px, of commit `{yardsticks['before']['ref']}` and now, in turns:",
            "",
        ]
        parts += table(("data set", "stage", "before", "now", "before / now"), stages(yardsticks["before"]["stages"]))
    parts += [at_scale(yardsticks["scale"]), "## Stages and builds", ""]
    return "\n".join([*parts, runpy.run_path(str(BUILD))["page"](build)])


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table in Markdown."""
    return ["| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *rows)]


def targets(results: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """What must be reached, what is aimed at, and what was measured."""
    images, (one, two) = results["images"], (results["workers"][count]["seconds"] for count in ("1", "2"))
    rows = [
        (
            "a whole build of 20,000 pairs at 96 px, against a matplotlib loop",
            "100 x",
            "200 x",
            f"{images[LEAN] / images[OURS]:.0f} x",
        ),
        ("2 workers against 1, 100,000 pairs at 64 px, wall clock", "1.85 x", "1.95 x", f"{one / two:.2f} x"),
    ]
    if "before" in results:
        small = results["before"]["small"]
        rows.append(
            (
                "a whole build of 200 pairs at 64 px, CPU",
                "1.0 s",
                "0.5 s",
                f"{small['now']['cpu']:.2f} s, before {small['before']['cpu']:.2f} s",
            )
        )
        told = results["before"]["stages"]
        for name in told["now"]:
            took = told["now"][name]["whole shard"] / told["before"][name]["whole shard"]
            rows.append(
                (f"CPU a pair at 64 px against before, `{name}`", *AIMS.get(name, ("1/2", "1/3")), f"1/{1 / took:.2f}")
            )
    return rows


def ways(images: dict[str, float]) -> list[tuple[str, str, str]]:
    """Each way to draw, the slowest first."""
    ordered = sorted(images.items(), key=lambda pair: -pair[1])
    return [(name, f"{took:,.0f}", f"{took / images[OURS]:.1f} x") for name, took in ordered]


def stages(told: dict[str, dict[str, dict[str, float]]]) -> list[tuple[str, ...]]:
    """Each stage of each data set."""
    return [
        (name, stage, f"{before:,.0f}", f"{now:,.0f}", f"{before / now:.2f}")
        for name, took in told["now"].items()
        for stage, now in took.items()
        for before in [told["before"][name][stage]]
    ]


def at_scale(scale: dict[str, Any]) -> str:
    """A build past one machine, and what a thousand million pairs would take by it."""
    pairs, times = scale["pairs"], FAR / scale["pairs"]
    cpu, final = sum(part["cpu"] for part in scale["parts"]), scale["finalize"]["cpu"]
    hours = times * cpu / 3600
    took = (
        f" On a cluster of dask with two workers the\nwhole took {scale['dask']['cpu']:.1f}." if "dask" in scale else ""
    )
    return SCALE.format(
        pairs=pairs,
        cpu=cpu,
        final=final,
        peak=scale["peak MB"],
        dask=took,
        far=FAR,
        hours=hours,
        less=hours / 1000,
        tera=times * scale["bytes"] / 1e12,
        each=pairs / scale["shards"],
        shards=FAR * scale["shards"] / pairs,
        finals=times * final / 3600,
        listed=times * scale["manifest bytes"] / 1e6,
    )
