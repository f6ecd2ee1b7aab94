"""Registers and reports read from other people's files."""
