"""Registers and reports read from other people's files."""

from app.core.desk import Desk

DESK = Desk(
    folder="imports",
    title="导入",
    address="/import",
    views=("views", "templates"),
    commands=("import_", "place", "template"),
    has_jobs=True,
)
