"""Areas and lines drawn by hand."""

from app.core.desk import Desk

DESK = Desk(folder="drawings")
