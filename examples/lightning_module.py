"""Regress the factors from the image with PyTorch Lightning, for a few steps: python lightning_module.py DIR."""

import sys

import lightning as L
import torch
from torch import nn
from torch.utils.data import DataLoader, default_collate

import scmgen


class Pairs(L.LightningDataModule):
    """The splits of a data set, normalised: an image channels first, a factor in one or more columns."""

    def __init__(self, directory, batch_size=32):
        super().__init__()
        self.data, self.batch_size = scmgen.load(directory), batch_size
        self.scale = self.data.normalisation

    def prepare_data(self):
        """Decode into the cache, once a machine."""
        for split in self.data.splits:
            self.data.samples(split)

    def collate(self, samples):
        """Give the images and the factors of a few samples as a network likes them."""
        batch = default_collate(samples)
        image = torch.from_numpy(self.scale.normalise_images(batch["image"])).permute(0, 3, 1, 2)
        return image, torch.from_numpy(self.scale.normalise_factors(batch["factors"]))

    def train_dataloader(self):
        """Give the training split in another order each epoch."""
        return DataLoader(self.data.samples("train"), self.batch_size, shuffle=True, collate_fn=self.collate)

    def val_dataloader(self):
        """Give the validation split in order."""
        return DataLoader(self.data.samples("validation"), self.batch_size, collate_fn=self.collate)


class Regression(L.LightningModule):
    """From an image to the columns of its factors."""

    def __init__(self, columns):
        super().__init__()
        sizes = zip((3, 16, 32), (16, 32, 64), strict=True)
        layers = [layer for a, b in sizes for layer in (nn.Conv2d(a, b, 3, stride=2, padding=1), nn.ReLU())]
        self.net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(8), nn.Flatten(), nn.Linear(64 * 8 * 8, columns))

    def training_step(self, batch):
        """Give what the optimizer lowers."""
        image, target = batch
        return nn.functional.mse_loss(self.net(image), target)

    def validation_step(self, batch):
        """Log the error on samples that were not trained on."""
        self.log("loss", self.training_step(batch), batch_size=len(batch[0]))

    def configure_optimizers(self):
        """Take Adam."""
        return torch.optim.Adam(self.parameters(), 1e-3)


def main(directory):
    """Validate, train for some steps, validate again."""
    L.seed_everything(0)
    pairs = Pairs(directory)
    model = Regression(len(pairs.scale.columns))
    silent = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)
    trainer = L.Trainer(accelerator="cpu", max_steps=24, num_sanity_val_steps=0, **silent)
    (before,) = trainer.validate(model, pairs, verbose=False)
    trainer.fit(model, pairs)
    (after,) = trainer.validate(model, pairs, verbose=False)
    print(f"mean squared error of normalised factors: {before['loss']:.3f} before, {after['loss']:.3f} after")


if __name__ == "__main__":
    main(sys.argv[1])
