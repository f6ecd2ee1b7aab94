"""What every desk needs of the running application."""
