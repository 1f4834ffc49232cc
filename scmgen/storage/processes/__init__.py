"""Work that is spread over processes, here or on a cluster."""
