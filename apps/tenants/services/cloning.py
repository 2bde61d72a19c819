"""A new tenant's schema is a copy of the template's: tables, constraints, indexes, rows, triggers.

Running the migrations for each new tenant takes many seconds; a copy takes well under two. Names of
constraints and indexes stay the same, since later migrations address them by name.
"""

from django.db import connection, transaction
from psycopg2 import sql

from apps.core.schemas import current_schema

TABLES = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relkind = 'r' ORDER BY c.relname
"""
CONSTRAINTS = """
    SELECT t.relname, c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint c
    JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname = %s AND c.contype IN ('p', 'u', 'x', 'f')
    ORDER BY c.contype = 'f', t.relname, c.conname
"""
# The pretty form leaves out the schema of what the search path shows.
INDEXES = """
    SELECT pg_get_indexdef(i.indexrelid, 0, true) FROM pg_index i
    JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')
    WHERE n.nspname = %s AND t.relkind = 'r' AND c.oid IS NULL ORDER BY i.indexrelid
"""
TRIGGERS = """
    SELECT pg_get_triggerdef(g.oid, true) FROM pg_trigger g
    JOIN pg_class t ON t.oid = g.tgrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname = %s AND NOT g.tgisinternal ORDER BY t.relname, g.tgname
"""
IDENTITIES = """
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = %s AND is_identity = 'YES' ORDER BY table_name
"""


def clone_schema(source: str, target: str) -> None:
    """Make schema `target` as a copy of `source`, all or nothing.

    Raises django.db.ProgrammingError when the target exists or the source does not.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        source_path = sql.SQL("SET LOCAL search_path TO {}, public").format(sql.Identifier(source))
        target_path = sql.SQL("SET LOCAL search_path TO {}, public").format(sql.Identifier(target))
        # Definitions are read with the source in the search path, so that they name its tables
        # without a schema, and run with the target in its place.
        cursor.execute(source_path)
        cursor.execute(TABLES, [source])
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute(CONSTRAINTS, [source])
        constraints = cursor.fetchall()
        cursor.execute(INDEXES, [source])
        indexes = [definition for (definition,) in cursor.fetchall()]
        cursor.execute(TRIGGERS, [source])
        triggers = [definition for (definition,) in cursor.fetchall()]
        cursor.execute(IDENTITIES, [source])
        identities = cursor.fetchall()

        cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(target)))
        cursor.execute(target_path)
        for table in tables:
            copy_table(cursor, source, target, table)
        for table, name, definition in constraints:
            cursor.execute(
                sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} ").format(
                    sql.Identifier(target, table), sql.Identifier(name)
                )
                + sql.SQL(definition)
            )
        for definition in indexes:
            cursor.execute(definition)
        for definition in triggers:
            cursor.execute(definition)
        for table, column in identities:
            continue_identity(cursor, target, table, column)
    # SET LOCAL ended with the transaction; the wrapper must not believe in a search path of old.
    connection.set_schema(current_schema())  # type: ignore[attr-defined]


def copy_table(cursor: object, source: str, target: str, table: str) -> None:
    """Copy one table's columns, defaults, identities, checks and rows."""
    names = {
        "source": sql.Identifier(source, table),
        "target": sql.Identifier(target, table),
    }
    cursor.execute(  # type: ignore[attr-defined]
        sql.SQL(
            "CREATE TABLE {target} (LIKE {source} INCLUDING DEFAULTS INCLUDING IDENTITY "
            "INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING GENERATED INCLUDING COMMENTS)"
        ).format(**names)
    )
    cursor.execute(  # type: ignore[attr-defined]
        sql.SQL("INSERT INTO {target} OVERRIDING SYSTEM VALUE SELECT * FROM {source}").format(
            **names
        )
    )


def continue_identity(cursor: object, schema: str, table: str, column: str) -> None:
    """Let an identity column go on after the highest value copied."""
    cursor.execute(  # type: ignore[attr-defined]
        sql.SQL(
            "SELECT setval(pg_get_serial_sequence(%s, %s), "
            "COALESCE((SELECT max({column}) FROM {table}), 0) + 1, false)"
        ).format(column=sql.Identifier(column), table=sql.Identifier(schema, table)),
        [f'"{schema}"."{table}"', column],
    )
