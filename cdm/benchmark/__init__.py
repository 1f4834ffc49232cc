"""The benchmark: methods, protocols and seeds, each cell in a process of its own, and the tables that come of them."""
