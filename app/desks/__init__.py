"""One folder for each noun that users work on: its workflows, views, commands and page files.

``DESKS`` holds the ``DESK`` of each folder in the order of the bar. No desk imports another.
"""

from importlib import import_module

from app.core.desk import Desk

DESKS: tuple[Desk, ...] = tuple(
    import_module(f"app.desks.{folder}").DESK
    for folder in (
        "workbench",
        "tips",
        "contacts",
        "zones",
        "alerts",
        "actions",
        "drawings",
        "imports",
        "exports",
        "prints",
        "backtests",
        "settings",
        "posts",
        "accounts",
        "audit",
        "story",
        "session",
        "service",
    )
)
