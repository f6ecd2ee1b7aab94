"""The rows of the table, and how durations read in them."""

from typing import NamedTuple


class Row(NamedTuple):
    """One thing measured; ``ratio`` says how many times better ours is."""

    figure: str
    peer: str = ""
    ours: str = ""
    theirs: str = ""
    ratio: str = ""
    asked: str = ""

    def line(self) -> str:
        """The row as a line of a Markdown table."""
        return f"| {' | '.join(self)} |"


def against(figure: str, ours_s: float, peer: str, theirs_s: float, asked: str = "") -> Row:
    """The row of two durations."""
    return Row(figure, peer, seconds(ours_s), seconds(theirs_s), times(theirs_s / ours_s), asked)


def seconds(value: float) -> str:
    return f"{value:.1f} s" if value >= 10 else f"{value:.2f} s"


def times(value: float) -> str:
    return f"{value:.0f}×" if value >= 10 else f"{value:.1f}×"
