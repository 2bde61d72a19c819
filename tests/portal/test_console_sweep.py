"""Each page of the console × somebody who is no operator: nothing is shown, nothing is written."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.models import User
from tests.conftest import PASSWORD
from tests.portal import console_sweep, sweep

pytestmark = [pytest.mark.req("TEN-05", "TEN-01"), pytest.mark.slow]

# What whoever is logged in may open of the own account and of the frame.
OWN = sweep.FOR_EVERYBODY | {
    *("signed_in_places", "signed_in_places_end", "signed_in_places_end_others"),
    *("add_app", "remove_app", "recovery_codes", "download_recovery_codes"),
    *("keep_recovery_codes", "renew_recovery_codes", "add_passkey", "new_passkey_options"),
    *("rename_passkey", "remove_passkey", "mails"),
}


@pytest.fixture
def pages(db: None) -> list[sweep.Address]:
    connection.set_schema_to_public()
    found = list(console_sweep.addresses(console_sweep.make_rows()))
    connection.set_schema_to_public()
    return found


def visit(client: Client, pages: list[sweep.Address]) -> list[tuple[sweep.Address, str, Any]]:
    return [
        (page, method, getattr(client, method)(page.path))
        for page in pages
        for method in ("get", "post")
        if page.name not in OWN
    ]


def test_console_when_nobody_is_logged_in_then_every_address_leads_to_the_log_in(
    pages: list[sweep.Address],
) -> None:
    before = sweep.snapshot()
    answers = visit(Client(HTTP_HOST="localhost", raise_request_exception=False), pages)

    wrong = [
        (method, page.path, answer.status_code)
        for page, method, answer in answers
        if answer.status_code not in {302, 403, 404, 405}
        or (answer.status_code == 302 and "/login/" not in answer["Location"])
    ]
    assert len(answers) >= 120
    assert not wrong
    assert sweep.snapshot() == before


def test_console_when_the_user_is_no_operator_then_no_page_of_a_model_opens(
    pages: list[sweep.Address],
) -> None:
    user = User.objects.create_user("nobody@example.com", PASSWORD)
    client = sweep.log_in(user, "localhost")
    before = sweep.snapshot()
    answers = visit(client, pages)

    # A redirect of an old address (`<id>/` to `<id>/change/`) shows nothing yet.
    wrong = [
        (method, page.path, answer.status_code)
        for page, method, answer in answers
        if answer.status_code not in {403, 404, 405}
        and not (page.name == "redirect" and answer.status_code == 302)
    ]
    assert not wrong
    assert sweep.snapshot() == before
