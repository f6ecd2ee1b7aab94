"""Every blueprint of the house."""

from app.web import (
    backtests,
    basemap,
    figures,
    health,
    heat,
    imports,
    jobs,
    layers,
    maps,
    openapi,
    session,
    tiles,
    workbench,
)

BLUEPRINTS = tuple(
    noun.blueprint
    for noun in (
        workbench,
        maps,
        layers,
        tiles,
        heat,
        figures,
        basemap,
        imports,
        backtests,
        jobs,
        session,
        health,
        openapi,
    )
)
