"""What a city is set up by, registers, profile and basemap, and the way from an empty one to its first plan."""

from app.core.desk import Desk

DESK = Desk(folder="settings", title="设置", address="/settings", views=("views", "start"), commands=("register",))
