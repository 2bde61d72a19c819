"""Cards: created once, validated, found by DOMAIN 4."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.core.errors import AppError
from apps.emaid.models import Card
from apps.emaid.selectors import FoundBy, find_card
from apps.emaid.services import (
    EmaidInvalidError,
    TagInvalidError,
    TagReversedError,
    ensure_card,
)
from apps.tenants.models import Tenant

UID, REVERSED = "04A2B3C4D5E680", "80E6D5C4B3A204"
EMAID = "DE8AACA2B3C4D5L"

pytestmark = pytest.mark.req("EMA-03")


@pytest.mark.parametrize(
    "sent, stored",
    [
        (" 04:a2:b3:c4:d5:e6:80 ", UID),
        ("0x04A2B3C4", "04A2B3C4"),
        ("  Visitor-7 ", "Visitor-7"),
        ("12345678901234567890", "12345678901234567890"),
    ],
)
def test_ensure_card_when_the_tag_is_fine_then_stored_in_one_form(
    alpha: Tenant, sent: str, stored: str
) -> None:
    assert ensure_card(sent).tag == stored


@pytest.mark.parametrize("tag", ["", "   ", "x" * 21, "a\nb", "Käfer", "0" * 22])
def test_ensure_card_when_the_tag_is_no_idtag_then_refused(alpha: Tenant, tag: str) -> None:
    with pytest.raises(TagInvalidError):
        ensure_card(tag)
    assert not Card.objects.exists()


def test_ensure_card_when_called_again_then_the_same_card_in_the_new_state(alpha: Tenant) -> None:
    until = datetime(2027, 1, 1, tzinfo=UTC)
    first = ensure_card(UID, label="Ada")

    again = ensure_card(UID.lower(), emaid="de-8aa-ca2b3c4d5", is_blocked=True, valid_until=until)

    assert again.pk == first.pk
    assert Card.objects.count() == 1
    assert (again.tag, again.emaid, again.is_blocked) == (UID, EMAID, True)
    assert (again.label, again.valid_until) == ("", until)


def test_ensure_card_when_the_uid_is_known_reversed_then_refused(alpha: Tenant) -> None:
    ensure_card(UID)

    with pytest.raises(TagReversedError):
        ensure_card(REVERSED)


@pytest.mark.req("EMA-01")
@pytest.mark.parametrize("emaid", ["nonsense", "DE8AACA2B3C4D5X", "XX8AACA2B3C4D5"])
def test_ensure_card_when_the_emaid_is_wrong_then_refused_with_the_field(
    alpha: Tenant, emaid: str
) -> None:
    with pytest.raises(EmaidInvalidError) as caught:
        ensure_card(UID, emaid=emaid)

    assert isinstance(caught.value, AppError)
    assert caught.value.field == "emaid"
    assert emaid in str(caught.value)


@pytest.mark.parametrize(
    "sent, found_by",
    [
        (UID, FoundBy.TAG),
        (UID.lower(), FoundBy.TAG),
        (f" {UID} ", FoundBy.TAG),
        ("04:A2:B3:C4:D5:E6:80", FoundBy.UID),
        (REVERSED, FoundBy.REVERSED_UID),
        (REVERSED.lower(), FoundBy.REVERSED_UID),
        (EMAID, FoundBy.EMAID),
        ("DE-8AA-CA2B3C4D5-L", FoundBy.EMAID),
    ],
)
def test_find_card_when_the_idtag_means_it_then_found(
    alpha: Tenant, sent: str, found_by: FoundBy
) -> None:
    card = ensure_card(UID, emaid=EMAID)

    match = find_card(sent)

    assert (match.card, match.found_by, match.is_ambiguous) == (card, found_by, False)


@pytest.mark.parametrize("sent", ["", " ", UID[:8], UID + "00", "04A2B3", "' OR 1=1 --"])
def test_find_card_when_only_a_part_fits_then_none(alpha: Tenant, sent: str) -> None:
    ensure_card(UID)

    assert find_card(sent).card is None


def test_find_card_when_a_token_reads_like_a_reversed_uid_then_exact_beats_reversed(
    alpha: Tenant,
) -> None:
    ensure_card(UID)
    token = Card.objects.create(tag=REVERSED)

    assert find_card(REVERSED).card == token


def test_find_card_when_two_cards_are_meant_then_none_and_a_warning(
    alpha: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    ensure_card(UID, emaid=EMAID)
    ensure_card(EMAID, emaid="DE8AACA2B3C4D6")

    with caplog.at_level(logging.WARNING, "apps.emaid.selectors"):
        match = find_card(EMAID)

    assert (match.card, match.is_ambiguous) == (None, True)
    assert "several cards" in caplog.text
    assert EMAID not in caplog.text


def test_find_card_when_a_contract_has_several_cards_then_a_usable_one(alpha: Tenant) -> None:
    ensure_card(UID, emaid=EMAID, is_blocked=True)
    usable = ensure_card("04AABBCCDDEEFF", emaid=EMAID)

    assert find_card(EMAID).card == usable


@pytest.mark.req("TEN-01")
def test_find_card_when_it_is_another_tenants_then_none(alpha: Tenant) -> None:
    ensure_card(UID)
    connection.set_tenant(Tenant.objects.get(schema_name="beta"))

    assert find_card(UID).card is None


def test_find_card_when_called_then_one_query(
    alpha: Tenant, django_assert_num_queries: Callable[..., object]
) -> None:
    ensure_card(UID)
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        find_card(UID)


@pytest.mark.parametrize(
    "given, until",
    [
        ("2027-12-31", datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2027-12-31T12:00:00+01:00", datetime(2027, 12, 31, 11, tzinfo=UTC)),
        ("2027-12-31T12:00:00", datetime(2027, 12, 31, 12, tzinfo=UTC)),
    ],
)
def test_create_card_when_run_twice_then_one_card_in_the_last_state(
    alpha: Tenant, given: str, until: datetime
) -> None:
    call_command("create_card", "TAG", tenant="alpha", expires=given, emaid=EMAID)
    call_command("create_card", "tag", tenant="alpha", blocked=True, expires=given, label="Ada")

    card = Card.objects.get()
    assert (card.tag, card.is_blocked, card.valid_until) == ("TAG", True, until)
    assert (card.label, card.emaid) == ("Ada", "")


@pytest.mark.parametrize(
    "options",
    [{"tenant": "nobody"}, {"expires": "soon"}, {"emaid": "x"}, {"expires": "2027-13-45"}],
)
def test_create_card_when_something_is_wrong_then_one_line_and_no_card(
    alpha: Tenant, options: dict[str, str]
) -> None:
    with pytest.raises(CommandError):
        call_command("create_card", "TAG", **{"tenant": "alpha", **options})
    assert not Card.objects.exists()
