"""What is said of the service itself: its health, its jobs, its interface."""

from app.core.desk import Desk

DESK = Desk(folder="service", views=("health", "jobs", "openapi"))
