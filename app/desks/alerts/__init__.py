"""The daily watch, what it raised and what became of it."""
