"""The latent causal model: codes of factors, graphs, mechanisms.

Imports the ground (config, diffusion, errors).
"""
