"""Checks of the database that safety and speed depend on: roles, leakproof marks, limits."""

import sqlalchemy as sa

from layers.host.embedded import CLOSED_FUNCTIONS, LIMITS


def role_is_plain(connection: sa.Connection) -> bool:
    """Whether this login is neither superuser nor able to pass row security, make databases or own a table."""
    query = """
        SELECT NOT (rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole)
               AND NOT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user)
        FROM pg_roles WHERE rolname = current_user"""
    return bool(connection.execute(sa.text(query)).scalar_one())


def overlaps_is_leakproof(connection: sa.Connection) -> bool:
    """Whether && is marked leakproof; a restored backup loses the mark, and row security then the spatial index."""
    query = "SELECT bool_and(proleakproof) FROM pg_proc WHERE proname = 'geometry_overlaps'"
    return bool(connection.execute(sa.text(query)).scalar_one())


def postgis_version(connection: sa.Connection) -> str:
    """The version of PostGIS, as it tells it."""
    return str(connection.execute(sa.text("SELECT postgis_lib_version()")).scalar_one())


def unlimited(connection: sa.Connection) -> list[str]:
    """What an administrator should say so that this login cannot fill the disk or end others' sessions; in SQL."""
    query = """
        SELECT current_user, current_setting('temp_file_limit') = '-1',
               has_function_privilege('lo_create(oid)', 'EXECUTE'),
               has_function_privilege('pg_terminate_backend(integer, bigint)', 'EXECUTE')"""
    role, fills, keeps, ends = connection.execute(sa.text(query)).one()
    limits = "; ".join(f"ALTER ROLE {role} SET {name} = '{value}'" for name, value in LIMITS.items())
    objects, sessions = (
        "; ".join(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC" for name in CLOSED_FUNCTIONS if name.startswith(start))
        for start in ("lo", "pg_")
    )
    return [told for told, missing in ((limits, fills), (objects, keeps), (sessions, ends)) if missing]
