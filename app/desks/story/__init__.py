"""The walk through the demo city."""
