"""Hotspots: their analysis and their reviews."""

from app.core.desk import Desk

DESK = Desk(folder="zones", views=("views", "reviews"), commands=("analyse", "zone"), has_jobs=True)
