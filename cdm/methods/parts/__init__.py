"""What methods share: descent, labels with a given graph, diffusion that is told labels. No method is known here."""
