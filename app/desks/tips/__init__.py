"""Tips from the telephone call to the decision, and the public form."""

from app.core.desk import Desk

DESK = Desk(folder="tips", title="线索", address="/tips", views=("views", "names", "public"), commands=("tip",))
