"""The rooms of the house, as the bar at the head of each page lists them."""

from dataclasses import dataclass

import flask

from app.core.current import house


@dataclass(frozen=True, kw_only=True)
class Room:
    """One page to go to."""

    address: str
    title: str


ROOMS = (
    Room(address="/", title="地图"),
    Room(address="/tips", title="线索"),
    Room(address="/alerts", title="预警"),
    Room(address="/actions", title="行动"),
    Room(address="/import", title="导入"),
    Room(address="/backtest", title="检验"),
    Room(address="/posts", title="岗位"),
)


def register(app: flask.Flask) -> None:
    """Let every template list the rooms and name the city."""
    app.jinja_env.globals["rooms"] = ROOMS
    app.context_processor(lambda: {"profile": house().settings.profile})
