"""Training: phases and what each minimises, one loop, and what is kept of a run."""
