"""Alembic's entry: runs on the connection it is handed, with GeoAlchemy2 told apart from what PostGIS owns."""

from alembic import context
from geoalchemy2 import alembic_helpers

from layers.schema.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    include_object=alembic_helpers.include_object,
    process_revision_directives=alembic_helpers.writer,
    render_item=alembic_helpers.render_item,
)
context.run_migrations()
