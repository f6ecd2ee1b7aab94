"""Every blueprint of the house."""

from app.web import basemap, figures, health, heat, jobs, layers, maps, openapi, session, tiles, workbench

BLUEPRINTS = tuple(
    noun.blueprint for noun in (workbench, maps, layers, tiles, heat, figures, basemap, jobs, session, health, openapi)
)
