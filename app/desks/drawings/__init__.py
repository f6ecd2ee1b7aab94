"""Areas and lines drawn by hand."""
