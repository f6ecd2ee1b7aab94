"""Contacts of tip-givers and their rewards, and the key that opens them."""

from app.core.desk import Desk

DESK = Desk(folder="contacts", has_jobs=True)
