"""Which tips are likely to repeat each other."""

from gis.duplicates import Neighbour, alike, likely

TOLD = "三楼出租屋每天早上有二十多人听课"


def test_near_tips_and_like_texts_are_likely_and_the_rest_is_not() -> None:
    others = [
        Neighbour(text="完全不同的另外一件事情发生了", distance_m=301.0),
        Neighbour(text="完全不同的另外一件事情发生了", distance_m=300.0),
        Neighbour(text=TOLD, distance_m=None),
        Neighbour(text=TOLD, distance_m=68_600.0),
        Neighbour(text="", distance_m=None, same_source=True),
    ]
    assert [position for position, _ in likely(TOLD, others)] == [4, 2, 1]


def test_short_texts_tell_nothing_and_nothing_is_like_nothing() -> None:
    assert alike("听课", "听课") == 0
    assert likely(TOLD, []) == []


def test_at_most_five_are_shown_and_ties_keep_their_order() -> None:
    others = [Neighbour(text=TOLD, distance_m=0.0)] * 7
    assert likely(TOLD, others) == [(n, 1.0) for n in range(5)]
