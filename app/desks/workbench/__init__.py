"""The map on which everybody works."""
