"""The map on which everybody works."""

from app.core.desk import Desk

DESK = Desk(
    folder="workbench",
    title="地图",
    address="/",
    views=("views", "layers", "tiles", "heat", "figures", "places", "basemap"),
    commands=("layers",),
)
