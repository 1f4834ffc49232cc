"""Fit a small net from the image to its factors with JAX: numpy batches, a jitted step: python jax_step.py DIR."""

import sys

import jax
import jax.numpy as jnp
import numpy as np

import scmgen


def predict(net, images):
    """Give the columns of the factors, from images of half the size."""
    n, height, width, channels = images.shape
    pixels = images.reshape(n, height // 2, 2, width // 2, 2, channels).mean((2, 4)).reshape(n, -1)
    return jnp.tanh(pixels @ net["first"]) @ net["second"] + net["bias"]


def loss(net, images, columns):
    """Give the mean squared error of normalised factors."""
    return jnp.mean((predict(net, images) - columns) ** 2)


@jax.jit
def step(net, images, columns):
    """Take one step of gradient descent."""
    slope = jax.grad(loss)(net, images, columns)
    return jax.tree.map(lambda weight, by: weight - 0.05 * by, net, slope)


data = scmgen.load(sys.argv[1])
scale, samples = data.normalisation, data.samples("train")


def batch(rows):
    """Give some samples as the net likes them: a circular factor is two columns, a categorical one a column a level."""
    arrays = samples[rows]  # a dict of numpy arrays
    return scale.normalise_images(arrays["image"]), scale.normalise_factors(arrays["factors"])


images, columns = batch(slice(None))
print("image", images.shape, images.dtype, "factors", columns.shape)
one, two = jax.random.split(jax.random.key(0))
inputs, hidden = 3 * (data.size // 2) ** 2, 64
net = {"first": jax.random.normal(one, (inputs, hidden)) / inputs**0.5, "bias": jnp.zeros(columns.shape[1])}
net["second"] = jax.random.normal(two, (hidden, columns.shape[1])) / hidden**0.5

before, random = loss(net, images, columns), np.random.default_rng(0)
for _ in range(60):
    net = step(net, *batch(random.choice(len(samples), 32, replace=False)))
print(f"mean squared error of normalised factors: {before:.3f} before, {loss(net, images, columns):.3f} after")
