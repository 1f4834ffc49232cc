"""Whether a movement of a code is an effect: what can be unlearned, and what can be trusted."""
