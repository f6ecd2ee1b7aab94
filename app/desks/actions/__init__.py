"""Joint raids: targets, documents, teams, one moment, the printed order."""

from app.core.desk import Desk

DESK = Desk(folder="actions", title="行动", address="/actions", commands=("plan",), has_jobs=True)
