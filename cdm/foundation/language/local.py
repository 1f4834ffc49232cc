"""A vision-language model of the Qwen-VL family on this machine, by `transformers`.

Its processor would import torchvision for videos, which nobody shows here: tokens and pixels are put together without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from PIL import Image
from transformers import AutoImageProcessor, AutoModelForImageTextToText, AutoTokenizer

from cdm.errors import CdmError, out_of_memory
from cdm.foundation.language.speaker import Manner, Said, Turn

FAMILY = ("qwen2_vl", "qwen2_5_vl", "qwen3_vl", "qwen3_vl_moe")
_MARK = "<|image_pad|>"


class Local:
    """A model in memory.

    Args:
        name: what it is called.
        tokenizer: with the chat template of the family.
        pixels: makes patches of pictures.
        network: the weights.
    """

    def __init__(self, name: str, tokenizer: Any, pixels: Any, network: Any) -> None:
        self.name, self._tokenizer, self._pixels, self._network = name, tokenizer, pixels, network
        self._mark = tokenizer.convert_tokens_to_ids(_MARK)
        self.told: Mapping[str, Any] = {
            "backend": "transformers",
            "model": name,
            "weights": sum(weights.numel() for weights in network.parameters()),
            "dtype": str(network.dtype).removeprefix("torch."),
        }

    @classmethod
    def load(cls, name: str, device: str) -> Local:
        """A model of a directory, or of a name under which `transformers` finds one.

        Raises:
            CdmError: if there is none, it is of another family, or there is no memory for it.
        """
        try:
            weights = {"dtype": "auto", "use_safetensors": True, "trust_remote_code": False}  # nothing unpickled or run
            network = AutoModelForImageTextToText.from_pretrained(name, **weights).to(device).eval()
            if network.config.model_type not in FAMILY:
                raise CdmError(f"{name}: a model {network.config.model_type!r}; there are {', '.join(FAMILY)}")
            pixels = AutoImageProcessor.from_pretrained(name, backend="pil", trust_remote_code=False)
            return cls(name, AutoTokenizer.from_pretrained(name, trust_remote_code=False), pixels, network)
        except (OSError, ValueError, KeyError) as error:
            raise CdmError(f"{name}: no model that transformers can load: {_first(error)}") from None
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            raise CdmError(f"{name}: out of memory; choose a smaller model, or another --device") from None

    def say(self, turns: Sequence[Turn], manner: Manner, form: Mapping[str, Any] | None) -> Said:
        """What the model answers; the form is asked for by the question alone."""
        given = self.inputs(turns)
        asked = given["input_ids"].shape[1]
        with torch.no_grad(), torch.random.fork_rng(devices=_devices(self._network.device)):
            torch.manual_seed(manner.seed)
            drawn = self._network.generate(**given, max_new_tokens=manner.tokens, **_sampled(manner.temperature))
        answer = drawn[0, asked:].tolist()
        whole = len(answer) < manner.tokens or answer[-1] in self._ends()
        return Said(self._tokenizer.decode(answer, skip_special_tokens=True), whole, asked, len(answer))

    def inputs(self, turns: Sequence[Turn]) -> dict[str, Any]:
        """What the network takes: tokens, in which each picture has as many places as it has patches, and patches."""
        text = self._tokenizer.apply_chat_template(
            [_message(turn) for turn in turns], tokenize=False, add_generation_prompt=True
        )
        shown = [Image.fromarray(turn.image) for turn in turns if turn.image is not None]
        seen = dict(self._pixels(images=shown, return_tensors="pt")) if shown else {}
        tokens = self._tokenizer(_spread(text, self._places(seen)), return_tensors="pt", add_special_tokens=False)
        kinds = (tokens["input_ids"] == self._mark).int()
        given = {**tokens, **seen, **({"mm_token_type_ids": kinds} if shown else {})}
        return {name: _placed(value, self._network) for name, value in given.items()}

    def _places(self, seen: Mapping[str, Any]) -> list[int]:
        """The tokens of each picture."""
        grids = seen.get("image_grid_thw", torch.zeros(0, 3)).long()
        return [int(grid.prod()) // int(self._pixels.merge_size) ** 2 for grid in grids]

    def _ends(self) -> set[int]:
        ends = self._network.generation_config.eos_token_id
        return set(ends if isinstance(ends, list) else [ends]) | {self._tokenizer.eos_token_id}


def _message(turn: Turn) -> dict[str, Any]:
    """A turn as the chat template takes it; words that look like the template's own marks are broken up."""
    text = {"type": "text", "text": turn.text.replace("<|", "< |")}
    shown = [] if turn.image is None else [{"type": "image"}]
    return {"role": turn.role, "content": [*shown, text]}


def _spread(text: str, places: Sequence[int]) -> str:
    """A text in which the mark of each picture stands as often as the picture has places."""
    parts = text.split(_MARK)
    if len(parts) != len(places) + 1:
        raise CdmError(f"the chat template has {len(parts) - 1} places for {len(places)} pictures")
    return parts[0] + "".join(_MARK * count + part for count, part in zip(places, parts[1:], strict=True))


def _sampled(temperature: float) -> dict[str, Any]:
    return {"do_sample": True, "temperature": temperature} if temperature > 0 else {"do_sample": False}


def _placed(value: torch.Tensor, network: Any) -> torch.Tensor:
    return value.to(network.device, network.dtype if value.is_floating_point() else None)


def _devices(device: torch.device) -> list[int]:
    return [device.index or 0] if device.type == "cuda" else []


def _first(error: Exception) -> str:
    """The first line of what a library says, which may be a page."""
    return str(error).strip().partition("\n")[0] or type(error).__name__
