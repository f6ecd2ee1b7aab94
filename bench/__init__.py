"""``python -m bench [NAME …]`` measures the house against its peers, side by side in one run."""
