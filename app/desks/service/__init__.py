"""What is said of the service itself: its health, its jobs, its interface."""
