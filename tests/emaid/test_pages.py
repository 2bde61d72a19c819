"""RFID cards in the portal: checked like everywhere, blocked and unblocked, last use (EMA-03)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.emaid.models import Card
from apps.tenants.models import Tenant
from tests.factories.pages import HOSTILE, log_in, make_activation

Make = Callable[..., Any]
LIST = "/emaid/card/"
MAX_QUERIES = 25

pytestmark = pytest.mark.req("EMA-03")


def page(card: Card, part: str = "change") -> str:
    return f"{LIST}{card.pk}/{part}/"


def test_add_when_a_number_is_typed_then_it_is_kept_as_it_is_compared(
    alpha: Tenant, make_user: Make
) -> None:
    response = log_in(make_user()).post(
        f"{LIST}add/", {"tag": " 04:a2:b3:c4:d5:e6:80 ", "label": "Blue", "emaid": ""}
    )

    assert response.status_code == 302
    assert Card.objects.get().tag == "04A2B3C4D5E680"


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"tag": "x" * 21}, "1 to 20 printable characters"),
        ({"tag": "0480E6D5C4B3A2"[2:] + "04"}, "bytes in reverse order"),
        ({"tag": "NEW-1", "emaid": "DE-NOPE"}, "is not an EMAID"),
        ({"tag": "04a2b3c4d5e680"}, "There is a card with this number already."),
    ],
)
def test_add_when_a_field_is_wrong_then_it_says_why(
    alpha: Tenant, make_user: Make, fields: dict[str, str], message: str
) -> None:
    Card.objects.create(tag="04A2B3C4D5E680")

    response = log_in(make_user()).post(f"{LIST}add/", {"label": "", "emaid": "", **fields})

    assert response.status_code == 200
    assert message in response.content.decode()
    assert Card.objects.count() == 1


def test_change_when_saved_then_the_number_stays(alpha: Tenant, make_user: Make) -> None:
    card = Card.objects.create(tag="TOKEN-1", label="Old")

    log_in(make_user()).post(page(card), {"tag": "OTHER", "label": "New", "emaid": ""})

    card.refresh_from_db()
    assert (card.tag, card.label) == ("TOKEN-1", "New")


def test_block_when_pressed_then_the_card_is_blocked_and_unblocked_again(
    alpha: Tenant, make_user: Make
) -> None:
    card = Card.objects.create(tag="TOKEN-1")
    client = log_in(make_user())

    assert client.get(page(card, "block")).status_code == 405
    client.post(page(card, "block"))
    card.refresh_from_db()
    assert card.is_blocked
    assert "Blocked" in client.get(LIST).content.decode()

    client.post(page(card, "unblock"))
    card.refresh_from_db()
    assert not card.is_blocked


@pytest.mark.parametrize(
    "search", ["04A2B3C4D5E680", "04:a2:b3:c4:d5:e6:80", "80E6D5C4B3A204", "blu"]
)
def test_search_when_the_number_is_written_otherwise_then_the_card_is_found(
    alpha: Tenant, make_user: Make, search: str
) -> None:
    Card.objects.create(tag="04A2B3C4D5E680", label="Blue")
    Card.objects.create(tag="11223344556677", label="Red")

    text = log_in(make_user()).get(LIST, {"q": search}).content.decode()

    assert "04A2B3C4D5E680" in text
    assert "11223344556677" not in text


@pytest.mark.req("ACC-03")
def test_last_use_when_opened_then_only_activations_at_the_persons_locations(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    own, foreign = make_station("OWN-1"), make_station("FOREIGN-1")
    card = Card.objects.create(tag="TOKEN-1")
    make_activation(own, id_tag="token-1")
    make_activation(foreign, id_tag="TOKEN-1")

    text = log_in(make_user(locations=[own.location])).get(page(card)).content.decode()

    assert "OWN-1-1" in text
    assert "FOREIGN-1" not in text


@pytest.mark.req("ACC-02", "TEN-01")
def test_pages_when_the_right_is_missing_or_the_tenant_another_then_nothing(
    alpha: Tenant, make_user: Make
) -> None:
    card = Card.objects.create(tag="ONLY-ALPHA")
    nobody = log_in(User.objects.create_user("nobody@example.com"))
    for url in (LIST, page(card), f"{LIST}add/"):
        assert nobody.get(url).status_code == 403, url
    assert nobody.post(page(card, "block")).status_code == 403

    connection.set_tenant(Tenant.objects.get(schema_name="beta"))
    client = log_in(make_user("admin"))
    assert "ONLY-ALPHA" not in client.get(LIST).content.decode()
    assert client.get(page(card)).status_code == 404
    assert client.post(page(card, "block")).status_code == 404


def test_pages_when_a_label_is_hostile_then_it_is_escaped(alpha: Tenant, make_user: Make) -> None:
    card = Card.objects.create(tag="TOKEN-1", label=HOSTILE)
    client = log_in(make_user())

    for url in (LIST, page(card)):
        assert HOSTILE not in client.get(url).content.decode(), url


def test_list_when_it_grows_then_queries_do_not(alpha: Tenant, make_user: Make) -> None:
    client = log_in(make_user())
    numbers = []
    for amount in (1, 59):
        start = Card.objects.count()
        Card.objects.bulk_create(Card(tag=f"T-{start + index}") for index in range(amount))
        client.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        numbers.append(len(queries))

    assert max(numbers) <= MAX_QUERIES
    assert numbers[1] <= numbers[0]
