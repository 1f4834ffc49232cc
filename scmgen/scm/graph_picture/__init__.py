"""A causal graph as a picture."""
