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
OTHERS = "\n## Clips\n"  # where the part of the page begins that is not written here


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
MISSED = """
Drawing became {slow:.1f} to {fast:.1f} times as fast; encoding stayed and takes {few:.0%} to {most:.0%} of a pair now.
What is neither takes {least:.0f} to {rest:.0f} us: solving, labels, sums, the archive and writing it. For the
pendulum, 1/1.8 of before are {must:.0f} us; without drawing at all it would take {undrawn:.0f}. So encoding decides,
which is libdeflate's level 2: with all else as it is, it would have to be {times:.1f} times as fast. Which encoders
were tried in its place, and what they cost, is told in [design.md](../explanation/design.md).
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
        far_from(build["stages"]["pendulum 96 px"], yardsticks["images"]),
    ]
    if "before" in yardsticks:
        parts += [
            "",
            f"CPU-microseconds a pair at 64 px, of commit `{yardsticks['before']['ref']}` and now, in turns:",
            "",
        ]
        parts += table(("data set", "stage", "before", "now", "before / now"), stages(yardsticks["before"]["stages"]))
        parts += [missed(yardsticks["before"]["stages"])]
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
        (
            "2 workers against 1, 100,000 pairs at 64 px, wall clock",
            "1.85 x",
            "1.95 x",
            f"{one / two:.2f} x; two programs that share nothing {one / results['workers']['apart']['seconds']:.2f} x",
        ),
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


def far_from(stages: dict[str, float], images: dict[str, float]) -> str:
    """What stands between a whole build and a hundredth of the lean loop."""
    wanted, draw, encode = images[LEAN] / 100, stages["draw"] / 2, stages["encode"] / 2
    return (
        f"\nA hundredth of {LEAN} would be {wanted:.0f} us an image; drawing alone takes {draw:.0f} and encoding "
        f"{encode:.0f}\n(measured apart, below)."
    )


def missed(told: dict[str, dict[str, dict[str, float]]]) -> str:
    """Why the figures of a pair are what they are: what of each is spent where."""
    rest = {name: took["whole shard"] - took["draw"] - took["encode"] for name, took in told["now"].items()}
    shares = [took["encode"] / took["whole shard"] for took in told["now"].values()]
    faster = [told["before"][name]["draw"] / took["draw"] for name, took in told["now"].items()]
    pendulum, must = told["now"]["pendulum"], told["before"]["pendulum"]["whole shard"] / 1.8
    left = must - pendulum["whole shard"] + pendulum["encode"]
    return MISSED.format(
        few=min(shares),
        most=max(shares),
        least=min(rest.values()),
        rest=max(rest.values()),
        slow=min(faster),
        fast=max(faster),
        must=must,
        undrawn=pendulum["whole shard"] - pendulum["draw"],
        times=pendulum["encode"] / left,
    )


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
