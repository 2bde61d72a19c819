"""A question to the database gets so much time and no more."""

from datetime import timedelta

import pytest
from django.db import connection

from apps.core.time_limits import TookTooLong, within

pytestmark = [pytest.mark.req("CDR-01"), pytest.mark.django_db]


def ask(question: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def test_within_when_the_answer_comes_in_time_then_it_is_returned() -> None:
    assert within(timedelta(seconds=30), lambda: ask("SELECT 7")) == 7


def test_within_when_it_takes_longer_then_told_and_the_connection_goes_on() -> None:
    with pytest.raises(TookTooLong):
        within(timedelta(milliseconds=5), lambda: ask("SELECT pg_sleep(30)"))

    assert ask("SELECT 7") == 7
    assert ask("SHOW statement_timeout") == "0"


def test_within_when_it_is_over_then_the_limit_is_gone_inside_a_transaction_too() -> None:
    within(timedelta(milliseconds=50), lambda: ask("SELECT 7"))

    assert ask("SHOW statement_timeout") == "0"
