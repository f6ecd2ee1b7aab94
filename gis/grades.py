"""The grades of zones, gravest first, and the response to each; separate from ``gis.zones``, which loads far more."""

GRADES = ("red", "orange", "yellow")
#: The response each grade asks for: a first check within so many days.
CHECK_WITHIN_DAYS = {"red": 7, "orange": 14, "yellow": 30}
#: A tip points at the premises this near.
PREMISES_WITHIN_M = 50.0
