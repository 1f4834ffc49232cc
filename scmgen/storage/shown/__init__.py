"""A data set in a terminal and in a notebook: what is told of it, and its first samples as a picture."""
