"""The walk through the demo city."""

from app.core.desk import Desk

DESK = Desk(folder="story")
