"""Options that commands share: what their help says is what the causal diffusion model takes."""

from __future__ import annotations

import click

from cdm.cli import options
from cdm.config import Config


def test_an_option_of_the_configuration_has_its_choices_and_its_default() -> None:
    @click.command()
    @options.of_config("denoiser", "The network.")
    @options.of_config("labelled", "A share.")
    def command(denoiser: str | None, labelled: float | None) -> None: ...

    said = [option.get_help_record(click.Context(command)) for option in command.params]
    assert said == [
        ("--denoiser unet|dit|diffusers", f"The network.  [default: {Config().denoiser}]"),
        ("--labelled FLOAT", f"A share.  [default: {Config().labelled}]"),
    ]
    assert [option.default for option in command.params] != [Config().denoiser, Config().labelled]  # a preset decides
