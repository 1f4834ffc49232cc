"""A data set that was written, read: labels, images, the graph, and loaders for any trainer."""
