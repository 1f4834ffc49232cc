"""What `benchmarks/build` measured, as a part of docs/reference/performance.md."""

from __future__ import annotations

from typing import Any


def targets(results: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """What a build must reach, what it aims at, and what was measured."""
    took, (one, two, long_one, long_two) = results["stages"]["pendulum 64 px"], results["end to end"]
    rest = took["whole shard"] - took["draw"]
    commands = results["commands"]
    faster = " and ".join(f"{a['seconds'] / b['seconds']:.2f} x" for a, b in ((one, two), (long_one, long_two)))
    return [
        ("`pendulum` pairs at 64 px, 2 workers, on disk", ">= 5,000/s", "10,000/s", f"{two['pairs/s']:,}/s"),
        ("everything but drawing, a pair at 64 px", "<= 110 us", "70 us", f"{rest:.0f} us"),
        ("drawing, an image at 64 px", "<= 60 us", "25 us", f"{took['draw'] / 2:.0f} us"),
        (f"2 workers against 1, {two['pairs']:,} and {long_two['pairs']:,} pairs", ">= 1.8 x", "1.95 x", faster),
        ("peak of a process, 500,000 pairs", "<= 300 MB", "150 MB", f"{long_two['peak MB']} MB"),
        ("`scmgen --help`, `scmgen list`", "<= 0.3 s", "0.15 s", f"{commands['--help']} s, {commands['list']} s"),
        ("bytes a pair at 64 px, whole tar", "<= 5,000", "4,000", f"{two['bytes a pair']:,}"),
        ("`stream`, batches of 64 pairs, one core", ">= 3,000/s", "8,000/s", f"{results['stream pairs/s']:,}/s"),
    ]


def page(results: dict[str, Any]) -> str:
    """The figures as text in Markdown."""
    machine, table, ends = results["machine"], results["stages"], results["end to end"]
    columns = list(next(iter(table.values())))
    rows = [f"| {name} | {' | '.join(f'{took[c]:.4g}' for c in columns)} |" for name, took in table.items()]
    runs = [[run[key] for key in ("pairs", "workers", "seconds", "pairs/s", "peak MB")] for run in ends]
    lines = [
        "`python benchmarks/build -o benchmarks/results/build.json --million` measured these; the figures are in",
        f"`benchmarks/results/build.json`. Machine: {machine['processor']}, {machine['cores']} cores, Python",
        f"{machine['python']}, load average at the start {machine['load']:.2f}. Trust ratios more than figures.",
        "",
        "| what | must | aim | measured |",
        "|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in targets(results)),
        "",
        "CPU-microseconds a pair (two images, one label), the best of five rounds of 500 pairs; `bound` only",
        "concatenates the payload; `png over Pillow's` is a ratio of bytes at Pillow's default level.",
        "",
        f"| data set | {' | '.join(columns)} |",
        "|---" * (len(columns) + 1) + "|",
        *rows,
        "",
        "End to end on disk, `pendulum` at 64 px, Python's and the workers' start included, the faster of two:",
        "",
        "| pairs | workers | seconds | pairs/s | peak MB of a process |",
        "|---|---|---|---|---|",
        *(f"| {' | '.join(f'{value:,}' for value in row)} |" for row in runs),
    ]
    if "shards" in results:
        lines += ["", "Pairs at 64 px of data sets that came later (`--only`), on one core:", ""]
        lines += ["| data set | drawing, us a pair | drawn/s | on disk/s | bytes | load |", "|---|---|---|---|---|---|"]
        for name, took in results["shards"].items():
            cells = [f"{took[key]:,.0f}" for key in ("draw", "drawn/s", "on disk/s", "bytes")]
            lines.append("| " + " | ".join([name, *cells, f"{took['load']:.1f}"]) + " |")
    million = results.get("million")
    if million:
        checked, rate = million["verify --all"], f"{million['pairs/s']:,} pairs/s"
        lines += [
            "",
            f"{million['pairs']:,} pairs at 32 px: built in {million['seconds']:.0f} s ({rate}, peak",
            f"{million['peak MB']} MB a process, {million['bytes a pair']:,} bytes a pair), every image drawn",
            f"again by `verify --all` in {checked['seconds']:.0f} s (peak {checked['peak MB']} MB).",
        ]
    return "\n".join(lines) + "\n"
