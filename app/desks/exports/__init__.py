"""Layers handed out as files."""

from app.core.desk import Desk

DESK = Desk(folder="exports", commands=("export",))
