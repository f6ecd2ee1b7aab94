"""Every blueprint of the house."""

from app.web import (
    actions,
    alerts,
    backtests,
    basemap,
    charts,
    drawings,
    figures,
    health,
    heat,
    imports,
    jobs,
    layers,
    maps,
    openapi,
    places,
    reviews,
    session,
    story,
    templates,
    tiles,
    tips,
    workbench,
)

BLUEPRINTS = tuple(
    noun.blueprint
    for noun in (
        workbench,
        actions,
        alerts,
        maps,
        charts,
        layers,
        drawings,
        tiles,
        heat,
        figures,
        places,
        basemap,
        imports,
        templates,
        backtests,
        tips,
        reviews,
        story,
        jobs,
        session,
        health,
        openapi,
    )
)
