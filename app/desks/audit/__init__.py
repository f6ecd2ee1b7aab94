"""The audit: who did what, and whether what is sealed of it is whole."""

from app.core.desk import Desk

DESK = Desk(folder="audit", title="审计", address="/audit", commands=("audit",))
