"""The command `options`: what a training may be told, of each kind of model."""

from __future__ import annotations

import click

from cdm.cli import options as shared


@click.command()
@click.argument("kind", required=False)
@shared.preset("Whose values are shown.")
def options(kind: str | None, preset: str) -> None:
    """List what a training may be told: --set NAME=VALUE.

    Each setting with its value under a preset, what else it may be, and what it does; of one KIND of model, or of all.
    """
    from cdm import config
    from cdm.models import protocol
    from cdm.runs import models

    formatter = click.get_current_context().make_formatter()
    for name in [kind] if kind else sorted(models.MODELS, key=lambda name: (name != protocol.USUAL, name)):
        entry = protocol.named(name)
        chosen = config.chosen(entry.config, entry.presets, preset, {})
        with formatter.section(f"cdm train DATA --model {name} --preset {preset} --set ..."):
            formatter.write_dl(_rows(chosen))
    click.echo(formatter.getvalue(), nl=False)


COMMANDS = (options,)


def _rows(chosen: object) -> list[tuple[str, str]]:
    """Each setting with its value, and what it is; the preset is no setting."""
    from cdm import config

    kind = type(chosen)
    meanings = config.meanings(kind)
    rows = []
    for name, value in vars(chosen).items():
        if name != "preset":
            words = config.choices(kind, name)
            allowed = f" ({', '.join(words)})" if words else ""
            rows.append((f"{name}={_spelt(value)}", f"{meanings.get(name, '').rstrip('.')}{allowed}"))
    return rows


def _spelt(value: object) -> str:
    """A value as --set takes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
