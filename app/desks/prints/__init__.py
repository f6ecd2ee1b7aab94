"""Charts, sheets and stand-alone maps."""
