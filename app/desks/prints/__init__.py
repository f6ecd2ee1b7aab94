"""Charts, sheets and stand-alone maps."""

from app.core.desk import Desk

DESK = Desk(folder="prints", views=("charts", "maps"), commands=("map_", "chart", "atlas"))
