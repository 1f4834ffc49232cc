"""Models: what one answers, the causal diffusion model, and its file.

Imports data, networks, discovery and what lies below them.
"""
