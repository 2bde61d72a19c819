"""Who may not see drivers finds no number, contract or name of one anywhere (ACC-02)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection

from apps.accounts.domain.identity import MASK, RIGHT, masked, masked_frame, masked_values
from apps.accounts.models import User
from apps.charge_records.models import Activation, ChargeRecord, ChargingSession
from apps.emaid.models import Card
from apps.infrastructure.models import StationCommand
from apps.ocpp.models import MessageExchange
from apps.tenants.models import Tenant
from tests.factories.pages import (
    go_online,
    make_activation,
    make_exchange,
    make_record,
    make_session,
)
from tests.portal import sweep

pytestmark = pytest.mark.req("ACC-02")

MakeUser = Callable[..., User]
TAG = "04D7E8F9A1B2C3"
CONTRACT = "DEVLTC1234567X3"
SECRETS = (TAG, TAG.lower(), CONTRACT, "Jonas Driver")


@pytest.fixture
def blind(alpha: Tenant, make_user: MakeUser) -> User:
    """A user who may do everything but see drivers."""
    group = Group.objects.create(name="Everything but drivers")
    codename = RIGHT.partition(".")[2]
    group.permissions.set(Permission.objects.exclude(codename=codename))
    user = make_user("operator")
    user.groups.set([group])
    return User.objects.get(pk=user.pk)


@pytest.fixture
def charged(alpha: Tenant, make_station: Callable[..., Any]) -> dict[type, Any]:
    """A driver's card, activation, sessions, record, messages and command at one station."""
    station = make_station()
    go_online(station)
    card = Card.objects.create(tag=TAG, label="Jonas Driver", emaid=CONTRACT)
    fields = {"id_tag": TAG, "emaid": CONTRACT}
    record = make_record(station, **fields, session_fields={"id_tag": TAG, "stop_id_tag": TAG})
    ChargingSession.objects.filter(pk=record.session_id).update(id_tag=TAG)
    activation = make_activation(station, **fields, session=record.session)
    make_activation(station, **fields, session=make_session(station, id_tag=TAG))
    for action, payload in (
        ("Authorize", {"idTag": TAG}),
        ("StartTransaction", {"connectorId": 1, "idTag": TAG, "meterStart": 0}),
        ("SendLocalList", {"localAuthorizationList": [{"idTag": TAG}]}),
        ("DataTransfer", {"vendorId": "x", "data": f"driver={TAG}"}),
    ):
        make_exchange(station, action, payload)
    exchange = make_exchange(
        station, "Authorize", {"idTag": TAG}, requested_at=record.session.start_received_at
    )
    command = StationCommand.objects.create(
        station=station,
        command="start_charging",
        parameters={"id_tag": TAG, "connector": 1},
        requested_at=record.started_at,
        expires_at=record.ended_at,
        answer={"idTag": TAG},
    )
    return {
        Card: card,
        Activation: activation,
        ChargeRecord: record,
        MessageExchange: exchange,
        StationCommand: command,
        type(station): station,
    }


def everywhere(rows: dict[type, Any]) -> list[str]:
    """Return every address of the site for these rows, with searches for the driver."""
    found = []
    for model_admin in sweep.model_admins():
        meta = model_admin.model._meta
        for entry in model_admin.get_urls():
            row = rows.get(model_admin.model)
            path = sweep.fill(f"/{meta.app_label}/{meta.model_name}/{entry.pattern}", row)
            found += [path, f"{path}?q={TAG[:8]}", f"{path}?search={TAG[:8]}&period=90d"]
            if row is not None and str(row.pk) in path:
                tabs = ("overview", "messages", "commands", "charge-points")
                found += [f"{path}?tab={tab}&period=90d&routine=show" for tab in tabs]
            else:
                found.append(f"{path}?period=90d&routine=show&fragment=rows")
    for term in (TAG[:8], CONTRACT, "Jonas"):
        found.append(f"/search/?s={term}&extended=1")
    return [*found, "/", "/?fragment=running", "/?fragment=failed"]


def secrets_in(text: str, path: str) -> list[str]:
    """Return what of the driver stands in the text; what the address asked for is an echo."""
    asked = path.partition("?")[2]
    return [secret for secret in SECRETS if secret in text and secret not in asked]


def test_pages_when_drivers_are_hidden_then_no_page_export_or_fragment_names_one(
    blind: User, charged: dict[type, Any]
) -> None:
    client = sweep.log_in(blind, "alpha.localhost")
    leaks, opened = [], 0
    for path in everywhere(charged):
        response = client.get(path)
        if response.status_code != 200:
            assert response.status_code < 500, path
            continue
        opened += 1
        leaks += [f"{path}: {secret}" for secret in secrets_in(sweep.content_of(response), path)]
    assert not leaks, "\n".join(leaks)
    assert opened > 40


def test_pages_when_drivers_may_be_seen_then_they_are(
    charged: dict[type, Any], make_user: MakeUser
) -> None:
    """The other test proves nothing if no page named a driver to anybody."""
    client = sweep.log_in(make_user("operator"), "alpha.localhost")
    naming = set()
    for path in everywhere(charged):
        response = client.get(path)
        if response.status_code == 200 and secrets_in(sweep.content_of(response), path):
            naming.add(path.split("/")[2] if path.count("/") > 2 else path)
    assert {"card", "activation", "chargerecord", "messageexchange", "station"} <= naming


@pytest.mark.parametrize(
    "path",
    [
        "/charge_records/activation/?period=90d&search=",
        "/charge_records/chargerecord/?period=90d&search=",
        "/ocpp/messageexchange/?period=30d&routine=show&search=",
    ],
)
def test_search_when_drivers_are_hidden_then_a_number_finds_nothing(
    blind: User, charged: dict[type, Any], make_user: MakeUser, path: str
) -> None:
    """Hits would tell that this card charged there."""

    def rows(user: User) -> int:
        connection.set_tenant(Tenant.objects.get(schema_name="alpha"))
        client = sweep.log_in(user, "alpha.localhost")
        return client.get(path + TAG[:9]).content.decode().count("data-label=")

    assert rows(make_user("operator")) > 0
    assert rows(blind) == 0


def test_cards_when_drivers_are_hidden_then_no_card_page_at_all(
    blind: User, charged: dict[type, Any]
) -> None:
    client = sweep.log_in(blind, "alpha.localhost")
    pk = charged[Card].pk

    for path in ("", "add/", f"{pk}/change/", f"{pk}/history/"):
        assert client.get(f"/emaid/card/{path}").status_code == 403
    assert client.post(f"/emaid/card/{pk}/block/").status_code == 403
    assert b"RFID cards" not in client.get("/").content
    connection.set_tenant(Tenant.objects.get(schema_name="alpha"))
    assert not Card.objects.visible_to(blind).exists()


def test_rows_when_masked_then_they_cannot_be_saved(blind: User, charged: dict[type, Any]) -> None:
    record = ChargeRecord.objects.visible_to(blind).select_related("session").get()

    assert (record.id_tag, record.session.id_tag) == (masked(TAG), masked(TAG))
    for row in (record, record.session):
        with pytest.raises(TypeError, match="masked"):
            row.save()
    assert ChargeRecord.objects.get().id_tag == TAG


@pytest.mark.parametrize(
    "text, expected", [("04A2B3C4D5E680", "••••80"), ("1234567", MASK), ("", "")]
)
def test_masked_when_given_a_number_then_dots_and_at_most_two_signs(
    text: str, expected: str
) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize(
    "payload, hidden",
    [
        ({"idTag": TAG, "parentIdTag": TAG}, True),
        ({"idToken": {"idToken": TAG, "type": "ISO14443"}}, True),
        ({"sampledValue": [{"format": "SignedData", "value": f"OCMF|{TAG}"}]}, True),
        ({"data": TAG}, True),
        ({"status": "Accepted", "connectorId": 1}, False),
    ],
)
def test_masked_frame_when_it_names_a_driver_then_the_rest_stays(
    payload: dict[str, Any], hidden: bool
) -> None:
    text = masked_frame(json.dumps([2, "1", "Action", payload]))

    assert TAG not in text
    assert (MASK in text) is hidden
    assert json.loads(text)[:3] == [2, "1", "Action"]


@pytest.mark.parametrize("text", ["", "no json", '{"idTag":', "[" * 5000])
def test_masked_frame_when_it_cannot_be_read_then_nothing_of_it_is_shown(text: str) -> None:
    assert masked_frame(text) == ("" if not text else MASK)
    assert masked_values([1, None, True]) == [1, None, True]
