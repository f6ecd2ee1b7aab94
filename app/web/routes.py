"""Every blueprint of the house."""

from app.web import (
    actions,
    backtests,
    basemap,
    figures,
    drawings,
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
    tiles,
    tips,
    workbench,
)

BLUEPRINTS = tuple(
    noun.blueprint
    for noun in (
        workbench,
        actions,
        maps,
        layers,
        tiles,
        heat,
        figures,
        places,
        drawings,
        basemap,
        imports,
        backtests,
        tips,
        reviews,
        jobs,
        session,
        health,
        openapi,
    )
)
