"""One folder for each noun that users work on: its workflows, views, commands and page files.

``DESKS`` lists them in the order of the bar. No desk imports another.
"""

from app.desks.actions import DESK as ACTIONS
from app.desks.alerts import DESK as ALERTS
from app.desks.backtests import DESK as BACKTESTS
from app.desks.drawings import DESK as DRAWINGS
from app.desks.exports import DESK as EXPORTS
from app.desks.imports import DESK as IMPORTS
from app.desks.posts import DESK as POSTS
from app.desks.prints import DESK as PRINTS
from app.desks.service import DESK as SERVICE
from app.desks.session import DESK as SESSION
from app.desks.story import DESK as STORY
from app.desks.tips import DESK as TIPS
from app.desks.workbench import DESK as WORKBENCH
from app.desks.zones import DESK as ZONES

DESKS = (
    WORKBENCH,
    TIPS,
    ZONES,
    ALERTS,
    ACTIONS,
    DRAWINGS,
    IMPORTS,
    EXPORTS,
    PRINTS,
    BACKTESTS,
    POSTS,
    STORY,
    SESSION,
    SERVICE,
)
