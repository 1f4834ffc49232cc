"""The command `audit`: what weakens a scene or a data set, on the terminal, as JSON, or as a report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scmgen.cli import options

if TYPE_CHECKING:
    from scmgen.checks.audit import Audit
    from scmgen.dataset.sampling import Dataset


@click.command()
@click.argument("subject", type=options.Words(), metavar="SCENE|DIR", shell_complete=options.scenes)
@click.option(
    "--n",
    type=click.IntRange(2, 10_000_000),
    default=5_000,
    help="Samples, shared out to the splits; of each at least 500, or as many.",
)
@click.option("--seed", type=int, help="Seed of all noise.  [default: the recipe's, or 0]")
@options.size
@options.channels
@click.option(
    "--interventions",
    is_flag=False,
    flag_value=options.DEFAULT,
    metavar="[KIND]",
    callback=options.kind,
    help="As of build.  [default: the recipe's, or none]",
)
@click.option("--allow-ood", is_flag=True, default=None, help="Let interventions leave the factors' ranges.")
@options.frames
@options.sample_scm
@options.scm_seed
@options.setting
@click.option(
    "-o", "--out", type=options.FILE, help="Write a report with plots to this .html or .md file.  [default: none]"
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON and nothing else.")
@options.plugins
def audit(
    subject: str, n: int, out: Path | None, as_json: bool, plugin_files: tuple[Path, ...], **overrides: Any
) -> int:
    """Report what makes a benchmark unfair or impossible.

    The exit status is 1 if there is a fault. Samples a scene, a named data set, or the spec of a built directory, and
    looks for factors that are clamped, unreadable or cut by the frame, deterministic children, edges without an effect,
    ranges that no intervention reaches, and more. Faults that a data set waives do not count.
    """
    from scmgen.checks import audit as auditing

    if out is not None:
        from scmgen.publish.audit import page

        page.check(out)
    done = auditing.audit(_dataset(subject, plugin_files, overrides), n)
    if out is not None:
        page.write(done, out)
    if as_json:
        click.echo(json.dumps(done.data(), indent=2))
    else:
        _print(done)
        if out is not None:
            click.echo(f"{out}: the report")
    return 0 if done.ok else options.FAULT


def _dataset(subject: str, plugin_files: tuple[Path, ...], overrides: dict[str, Any]) -> Dataset:
    from scmgen.dataset.sampling import compile_spec

    if options.built(subject):
        options.refuse(subject, overrides)
        return options.written(subject, plugin_files)
    source, spec = options.request(subject, overrides.pop("settings"), plugin_files, **overrides)
    return compile_spec(spec, source.scene)


def _print(done: Audit) -> None:
    from scmgen.checks.audit.findings import verdict

    spec = done.dataset.spec
    sizes = ", ".join(f"{split} {size:,}" for split, size in done.sizes.items())
    click.echo(f"{spec.name}: seed {spec.seed}, {spec.frame.px}, samples: {sizes}")
    for name, check in done.checks.items():
        findings = [finding for finding in done.findings if finding.check == name]
        click.echo(f"  {verdict(findings, done.counts[name]):<8}{name:<20}{done.counts[name]:>7,}  {check.meaning}")
        for finding in findings:
            click.echo(f"          {finding.severity}: {finding}")
        for condition, reason in dict.fromkeys((f.condition, f.reason) for f in findings if f.reason):
            click.echo(f"          {condition} is waived: {reason}")
    click.echo(f"{spec.name}: {done.summary}")
