"""Hotspots: their analysis and their reviews."""
