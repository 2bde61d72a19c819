"""The database of a run: one of its own on a server, or an embedded PostgreSQL; gone afterwards."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql

from config.embedded_postgres import OUTSIDE_ROOT, EmbeddedPostgres
from config.postgres_programs import run_program, runnable_programs

SUFFIX = "_bench"


@contextlib.contextmanager
def embedded(folder: Path) -> Iterator[str]:
    """Yield the URL of a PostgreSQL that lives in the folder."""
    postgres = EmbeddedPostgres(folder)
    try:
        place = postgres.ensure_started()
        yield f"postgres://{place['USER']}@/{place['NAME']}?host={place['HOST']}"
    finally:
        postgres.forget()


def stop_immediately(postgres: EmbeddedPostgres) -> None:
    """Stop it without a checkpoint and without a word to its clients, as a crash does."""
    programs = runnable_programs(OUTSIDE_ROOT / postgres.data_dir.name)
    run_program(
        *(programs / "bin" / "pg_ctl", "-D", postgres.cluster),
        *("-m", "immediate", "-w", "-s", "stop"),
    )


@contextlib.contextmanager
def on_server(url: str, *, keep: bool) -> Iterator[str]:
    """Yield the URL of a database made beside the one named; `keep`: one of before stays as it is,
    and it is not dropped.
    """
    parts = urlsplit(url)
    name = parts.path.strip("/") + SUFFIX
    if not keep:
        drop(url, name)
    with cursor_of(url) as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlunsplit(parts._replace(path=f"/{quote(name)}"))
    finally:
        if not keep:
            drop(url, name)


def drop(url: str, name: str) -> None:
    with cursor_of(url) as cursor:
        cursor.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


@contextlib.contextmanager
def cursor_of(url: str) -> Iterator[Any]:
    """Yield a cursor in autocommit."""
    with contextlib.closing(psycopg2.connect(url)) as connection:
        connection.set_session(autocommit=True)
        with connection.cursor() as cursor:
            yield cursor
