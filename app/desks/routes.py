"""Every blueprint of the house."""

from app.core import posts
from app.desks.actions import views as actions
from app.desks.alerts import views as alerts
from app.desks.backtests import views as backtests
from app.desks.drawings import views as drawings
from app.desks.exports import views as exports
from app.desks.imports import templates
from app.desks.imports import views as imports
from app.desks.prints import charts, maps
from app.desks.service import health, jobs, openapi
from app.desks.session import views as session
from app.desks.story import views as story
from app.desks.tips import names
from app.desks.tips import views as tips
from app.desks.workbench import basemap, figures, heat, layers, places, tiles
from app.desks.workbench import views as workbench
from app.desks.zones import reviews
from app.desks.zones import views as analyses

BLUEPRINTS = tuple(
    noun.blueprint
    for noun in (
        workbench,
        actions,
        alerts,
        analyses,
        maps,
        charts,
        layers,
        drawings,
        exports,
        tiles,
        heat,
        figures,
        places,
        posts,
        basemap,
        imports,
        templates,
        backtests,
        tips,
        names,
        reviews,
        story,
        jobs,
        session,
        health,
        openapi,
    )
)
