"""Layers handed out as files."""
