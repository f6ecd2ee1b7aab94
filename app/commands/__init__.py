"""Groups of commands by noun; ``app/cli.py`` hangs them on ``wuchuan``."""
