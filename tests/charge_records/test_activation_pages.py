"""The activation overview's rows and an activation's own page, step by step (CDR-08)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from apps.charge_records.choices import Refusal
from apps.charge_records.domain.statuses import ErrorClass
from apps.charge_records.models import Activation
from apps.charge_records.remedies import ERROR_REMEDIES, REFUSAL_REMEDIES
from apps.emaid.models import Card
from apps.infrastructure.models import Station
from apps.tenants.models import Tenant
from tests.factories.pages import log_in, make_activation, make_exchange, make_record, make_session

Make = Callable[..., Any]
OVERVIEW = "/charge_records/activation/"
CARD = "04A2B3C4D5E680"
REVERSED = "80E6D5C4B3A204"

pytestmark = pytest.mark.req("CDR-08")


@pytest.fixture
def station(alpha: Tenant, make_station: Make) -> Station:
    return make_station()


def page_of(client: Client, activation: Activation, **query: str) -> str:
    response = client.get(f"{OVERVIEW}{activation.pk}/change/", query)
    assert response.status_code == 200
    return response.content.decode()


def states(text: str) -> list[str]:
    """Return the state of each step of the timeline but the beginning."""
    parts = text.split('<ol class="cy-timeline">')[1].split("</ol>")[0].split('<li class="cy-')
    return [part.split('"')[0] for part in parts[2:]]


@pytest.mark.req("ACL-03")
@pytest.mark.parametrize("refusal", list(Refusal))
def test_activation_when_refused_then_list_and_page_say_why_and_what_to_do(
    station: Station, make_user: Make, refusal: Refusal
) -> None:
    activation = make_activation(
        station,
        state="refused",
        refusal=refusal.value,
        error_class="authorization_failed",
        authorized_at=None,
    )
    client = log_in(make_user())

    for text in (client.get(OVERVIEW).content.decode(), page_of(client, activation)):
        assert str(refusal.label) in text
        assert plain(REFUSAL_REMEDIES[refusal]) in text
    assert states(page_of(client, activation)) == ["failed", "ahead", "ahead", "ahead", "ahead"]


def plain(words: Any) -> str:
    return str(words).replace("'", "&#x27;")


@pytest.mark.parametrize("error", list(ErrorClass))
def test_activation_when_failed_then_list_and_page_say_what_to_do(
    station: Station, make_user: Make, error: ErrorClass
) -> None:
    activation = make_activation(station, state="failed", error_class=error.value)
    client = log_in(make_user())

    for text in (client.get(OVERVIEW).content.decode(), page_of(client, activation)):
        assert plain(ERROR_REMEDIES[error]) in text


@pytest.mark.parametrize(
    "fields, has_session, expected",
    [
        ({"state": "authorized"}, False, "done now ahead ahead ahead"),
        ({"state": "failed", "ended": True}, False, "done failed ahead ahead ahead"),
        ({"state": "charging"}, True, "done done now ahead ahead"),
        ({"state": "refused"}, True, "failed done now ahead ahead"),
        ({"state": "failed"}, True, "done done done failed ahead"),
        ({"state": "ended", "ended": True}, True, "done done done done now"),
        ({"state": "completed", "ended": True, "receipt": True}, True, "done done done done done"),
        ({"state": "failed", "ended": True, "receipt": True}, True, "done done done done failed"),
    ],
    ids=[
        "accepted", "given up", "charging", "charging though refused", "no end", "no receipt yet",
        "completed", "with an error",
    ],
)  # fmt: skip
def test_activation_when_it_got_so_far_then_each_step_has_its_state(
    station: Station, make_user: Make, fields: dict[str, Any], has_session: bool, expected: str
) -> None:
    now = timezone.now()
    session = make_session(station) if has_session else None
    activation = make_activation(
        station,
        state=fields["state"],
        session=session,
        started_at=session.started_at if session else None,
        ended_at=now if fields.get("ended") else None,
        completed_at=now if fields.get("receipt") else None,
    )

    assert states(page_of(log_in(make_user()), activation)) == expected.split()


def test_activation_when_charging_then_answer_start_energy_and_power_are_told(
    station: Station, make_user: Make
) -> None:
    session = make_session(
        station,
        authorization_status="accepted",
        last_meter_wh=5_300,
        last_power_w=11_000,
        last_sample_at=timezone.now() - timedelta(minutes=2),
    )
    activation = make_activation(
        station, state="charging", session=session, started_at=session.started_at
    )

    text = page_of(log_in(make_user()), activation, fragment="steps")

    for words in (
        "Answer: Accepted", f"Transaction {session.transaction_id}", "Meter: 1.0 kWh",
        "Energy: 4.3 kWh", "Power now: 11.0 kW", "Latest meter values: 2 minutes ago",
    ):  # fmt: skip
        assert words in text
    assert "<html" not in text


def test_activation_when_it_has_its_record_then_it_leads_there_and_tells_its_status(
    station: Station, make_user: Make
) -> None:
    record = make_record(station, bdr_main="successful_with_restrictions", bdr_detail="own_charge")
    activation = make_activation(
        station,
        state="completed",
        session=record.session,
        started_at=record.started_at,
        ended_at=record.ended_at,
        completed_at=record.settled_at,
    )

    text = page_of(log_in(make_user()), activation)

    for words in ("Successful with restrictions", "Own charge", "Reason of the station: Local"):
        assert words in text
    assert f"/charge_records/chargerecord/{record.pk}/change/" in text


def test_activation_when_another_session_followed_then_it_says_that_the_end_is_missing(
    station: Station, make_user: Make
) -> None:
    session = make_session(station, state="hanging")
    make_activation(station, state="charging", session=session, started_at=session.started_at)

    text = log_in(make_user()).get(OVERVIEW).content.decode()

    assert "Another session began on the connector" in text
    assert "a late end still makes the record" in text


@pytest.mark.req("OCP-06")
@pytest.mark.parametrize("sent", [CARD, CARD.lower(), REVERSED])
def test_activation_when_its_card_is_kept_then_it_leads_to_the_card(
    station: Station, make_user: Make, sent: str
) -> None:
    card = Card.objects.create(tag=CARD)
    activation = make_activation(station, id_tag=sent)
    client = log_in(make_user())

    for text in (client.get(OVERVIEW).content.decode(), page_of(client, activation)):
        assert f'href="/emaid/card/{card.pk}/change/">{sent}</a>' in text


@pytest.mark.req("EMA-03")
@pytest.mark.parametrize("sent", [CARD[:8], f"{CARD}00"], ids=["cut", "added to"])
def test_activation_when_the_reader_altered_the_number_then_the_near_card_is_named(
    station: Station, make_user: Make, sent: str
) -> None:
    card = Card.objects.create(tag=CARD)
    Card.objects.create(tag="04FFFFFFFFFFFF")
    activation = make_activation(station, id_tag=sent, state="refused", refusal="unknown_card")

    text = page_of(log_in(make_user()), activation)

    assert f"/emaid/card/{card.pk}/change/" in text
    assert "04FFFFFFFFFFFF" not in text


@pytest.mark.req("ACC-03")
def test_activation_when_drivers_are_hidden_then_no_card_is_named(
    station: Station, make_user: Make
) -> None:
    Card.objects.create(tag=CARD)
    activation = make_activation(station, id_tag=CARD[:8], state="refused", refusal="unknown_card")
    make_activation(station, id_tag=CARD)
    user = make_user()
    user.groups.clear()
    names = ["view_activation", "view_card", "view_messageexchange"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = log_in(user)

    for text in (client.get(OVERVIEW).content.decode(), page_of(client, activation)):
        assert CARD[:8] not in text
        assert "/emaid/card/" not in text


@pytest.mark.req("INF-14")
def test_activation_when_opened_then_the_messages_of_its_session_stand_there(
    station: Station, make_user: Make
) -> None:
    session = make_session(station, id_tag=CARD)
    activation = make_activation(
        station, state="charging", session=session, started_at=session.started_at
    )
    make_exchange(station, "MeterValues", {"transactionId": session.transaction_id})
    make_exchange(station, "DataTransfer", {"transactionId": session.transaction_id + 1})

    text = page_of(log_in(make_user()), activation, fragment="messages")

    assert "MeterValues" in text
    assert "DataTransfer" not in text
    assert 'data-live-topic="activations"' in text


@pytest.mark.req("INF-14")
def test_activation_when_refused_then_the_question_for_its_card_stands_there(
    station: Station, make_user: Make
) -> None:
    activation = make_activation(station, id_tag=CARD, state="refused", refusal="blocked")
    make_exchange(station, "Authorize", {"idTag": CARD})
    make_exchange(station, "Authorize", {"idTag": "OTHER-CARD"})

    text = page_of(log_in(make_user()), activation)

    assert f"May card {CARD} charge?" in text
    assert "OTHER-CARD" not in text


@pytest.mark.req("ACC-03", "TEN-01")
def test_activation_when_of_another_location_then_neither_steps_nor_messages(
    station: Station, make_user: Make, make_station: Make
) -> None:
    activation = make_activation(station)
    client = log_in(make_user(locations=[make_station().location]))

    for fragment in ("", "steps", "messages"):
        url = f"{OVERVIEW}{activation.pk}/change/"
        assert client.get(url, {"fragment": fragment}).status_code == 404


@pytest.mark.parametrize(
    "query, shown",
    [
        ({"problem": "any"}, {"NO", "BAD"}),
        ({"problem": "blocked"}, {"NO"}),
        ({"problem": "canceled"}, {"BAD"}),
        ({"problem": "nonsense"}, {"NO", "BAD", "GOOD"}),
        ({"medium": "remote"}, {"GOOD"}),
        ({"medium": "rfid", "problem": "canceled"}, {"BAD"}),
    ],
)
def test_overview_when_filtered_by_reason_or_medium_then_only_matching_rows(
    station: Station, make_user: Make, query: dict[str, str], shown: set[str]
) -> None:
    refused = {"state": "refused", "refusal": "blocked", "error_class": "authorization_failed"}
    make_activation(station, id_tag="TAG-NO", **refused)
    make_activation(station, id_tag="TAG-BAD", state="failed", error_class="canceled")
    make_activation(station, id_tag="TAG-GOOD", medium="remote")

    text = log_in(make_user()).get(OVERVIEW, query).content.decode()

    assert {name for name in ("NO", "BAD", "GOOD") if f"TAG-{name}" in text} == shown
