"""The U-Net of the library diffusers behind the interface of our own: tokens are what it calls encoder states."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm.errors import CdmError
from cdm.networks.conditioning import TOLD
from cdm.networks.grids import cut, whole, widened
from cdm.networks.pictures import DRAWN, SEEN, zero

_GROUPS, _HEAD, _GRID = 8, 8, 16
_TIMES = 1000  # diffusers counts time from 0 to 1000


class DiffusersUNet(nn.Module):
    """``UNet2DConditionModel`` at the size of our own U-Net, with cross-attention to the tokens at two of three levels.

    Args:
        size: pixels a side; the network works at 16 by 16, on images widened to a multiple of that.
        factors: how many tokens there are; it takes any number.
        width: channels of the first level, a multiple of 8.

    Raises:
        CdmError: if diffusers is not installed.
    """

    def __init__(self, size: int, factors: int, width: int = 24) -> None:
        super().__init__()
        try:
            from diffusers import UNet2DConditionModel
        except ImportError:
            raise CdmError("denoiser 'diffusers' needs diffusers: pip install 'scmgen[diffusers]'") from None
        self.size, self.side = size, whole(size, _GRID)
        self.fold = self.side // _GRID
        area = self.fold**2
        self.network: nn.Module = UNet2DConditionModel(
            sample_size=_GRID,
            in_channels=(3 + SEEN) * area,
            out_channels=DRAWN * area,
            block_out_channels=(width, 2 * width, 4 * width),
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            layers_per_block=1,
            cross_attention_dim=TOLD,
            attention_head_dim=_HEAD,
            norm_num_groups=_GROUPS,
        )
        zero(self.network.get_submodule("conv_out"))

    def forward(self, x: Tensor, t: Tensor, tokens: Tensor, seen: Tensor) -> Tensor:
        """Predict ``(n, DRAWN, s, s)``; the arguments are those of :mod:`cdm.networks.denoisers`."""
        pictures = widened(torch.cat([x, seen], dim=1), self.side)
        folded = functional.pixel_unshuffle(pictures, self.fold)
        out = self.network(folded, t * _TIMES, encoder_hidden_states=tokens, return_dict=False)[0]
        return cut(functional.pixel_shuffle(out, self.fold), self.size)
