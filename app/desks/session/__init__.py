"""Signing in and out."""

from app.core.desk import Desk

DESK = Desk(folder="session")
