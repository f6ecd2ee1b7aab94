"""Accounts: who may sign in, by which role and as which posts; and everybody's own account."""

from app.core.desk import Desk

DESK = Desk(folder="accounts", title="账户", address="/accounts", views=("views", "own"), commands=("account",))
