"""The posts in whose names people act, and their invitations."""

from app.core.desk import Desk

DESK = Desk(folder="posts", title="岗位", address="/posts", commands=("post",))
