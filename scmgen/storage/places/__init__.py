"""Where files go: a directory here or a folder on a server, and whose it is while somebody builds there."""
