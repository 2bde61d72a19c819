"""The round trips of one transaction: what can wait goes together, and the last one commits.

A round trip costs more than what PostgreSQL does in it, and on a slow way it is all that counts:
with two seconds for each, BEGIN, a statement and COMMIT were six. Statements that go in one message
are one transaction by themselves (PostgreSQL 15, 55.2.2.1), so a batch that asks nothing on its way
needs neither BEGIN nor COMMIT: all of it is one trip.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.ocpp.lanes.copying import copy_rows
from apps.ocpp.lanes.literals import Row


class Trips:
    """On a cursor of a connection in autocommit; each method may raise psycopg2.Error.

    `is_ending`: what commits is on its way; should the connection break now, nobody knows.
    """

    def __init__(self, cursor: Any, begin: str = "BEGIN", commit: str = "COMMIT") -> None:
        """`begin`, `commit`: of a savepoint, where somebody else holds the transaction."""
        self.cursor = cursor
        self.begin = begin
        self.commit = commit
        self.has_begun = False
        self.is_ending = False
        self.gathered: list[str] = []

    def gather(self, *statements: str) -> None:
        """Let statements go with the next trip, in order."""
        self.gathered += statements

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Send what is gathered and a question; return its rows."""
        self.gather(question)
        self.go()
        rows: list[tuple[Any, ...]] = self.cursor.fetchall()
        return rows

    def copy(self, schema: str, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Send what is gathered, then the rows by COPY."""
        if self.gathered or not self.has_begun:
            self.go()
        copy_rows(self.cursor, schema, table, columns, rows)

    def end(self) -> None:
        """Send what is gathered, and commit."""
        if self.has_begun:
            self.gather(self.commit)
        self.send_last()

    def end_with(self, question: str) -> list[tuple[Any, ...]]:
        """Send what is gathered and a question, and commit; return the question's rows.

        Of statements that go together only the rows of the last one come back.
        """
        self.gather(question)
        if not self.has_begun:
            self.send_last()
            rows: list[tuple[Any, ...]] = self.cursor.fetchall()
            return rows
        self.go()
        rows = self.cursor.fetchall()
        self.end()
        return rows

    def go(self) -> None:
        """Send what is gathered, within the transaction."""
        begin = [] if self.has_begun else [self.begin]
        self.has_begun = True
        statements, self.gathered = [*begin, *self.gathered], []
        self.cursor.execute(";".join(statements))

    def send_last(self) -> None:
        statements, self.gathered = self.gathered, []
        self.is_ending = True
        self.cursor.execute(";".join(statements))
