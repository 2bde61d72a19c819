"""A simulated charger with a signing meter, over a real socket: what becomes of its sessions."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from apps.charge_records.domain.eka import SIGNED_DATA_WAITING_TIME, VerificationCause
from apps.charge_records.models import (
    ChargingSession,
    OfferedKey,
    SignedRecord,
    VerificationRun,
)
from apps.charge_records.services.settlement import decide_again, settle
from apps.infrastructure.models import ChargePoint, Meter, Station, StationCommand
from apps.ocpp.simulator import SimulatedCharger
from apps.ocpp.simulator.signing import CURVES, Fault, SigningMeter, Wrapping, new_private_key
from apps.tenants.context import run_in_schema
from apps.vocabulary.commands import Command
from tests.conftest import STATION_KEY
from tests.ocpp.gateway.clients import Place, eventually
from tests.ocpp.gateway.places import new_place
from tests.ocpp.gateway.servers import GatewayProcess

pytestmark = [pytest.mark.req("CDR-03"), pytest.mark.slow]

NUMBER = "1SIM0000000001"
KEY = new_private_key()


@pytest.fixture
def place(committed: None) -> Place:
    return new_place()


def keep_meter(place: Place, public_key: str, number: str = NUMBER) -> None:
    def keep() -> None:
        Station.objects.filter(pk=place.pk).update(country="DE")
        point = ChargePoint.objects.get(station_id=place.pk)
        Meter.objects.create(charge_point=point, public_key=public_key, meter_number=number)

    run_in_schema("alpha", keep)


def charge(gateway: GatewayProcess, place: Place, meter: SigningMeter, **keys: str) -> None:
    """Let 10 kWh be charged within an hour; `keys`: configuration of the charger."""

    async def charged() -> None:
        async with SimulatedCharger(
            gateway.url, place.charge_box_id, password=STATION_KEY, meters={1: meter}
        ) as charger:
            for name, value in keys.items():
                charger.configuration.force(name, value)
            await charger.boot()
            began = charger.now() - timedelta(hours=1)
            transaction = await charger.start(1, place.charge_box_id, 1_000, at=began)
            await charger.stop(transaction, 11_000)

    asyncio.run(charged())


def outcome(place: Place) -> tuple[str, list[str], list[str]]:
    """Return EKA, reasons and warnings once the record stands and nothing is waited for."""

    def look() -> tuple[str, list[str], list[str]]:
        session = ChargingSession.objects.get(station_id=place.pk)
        settle(session.pk, now=timezone.now())
        later = timezone.now() + SIGNED_DATA_WAITING_TIME
        record = decide_again(session.pk, now=later, cause=VerificationCause.BY_HAND)
        run = VerificationRun.objects.filter(session=session).first()
        return (record.eka, run.reasons, run.warnings) if run else (record.eka, [], [])

    return run_in_schema("alpha", look)


@pytest.mark.parametrize("curve", list(CURVES))
def test_session_when_the_meter_signs_then_valid_on_each_curve(
    gateway: GatewayProcess, place: Place, curve: str
) -> None:
    meter = SigningMeter(NUMBER, new_private_key(curve), curve=curve)
    keep_meter(place, meter.public_key)

    charge(gateway, place, meter)

    assert outcome(place) == ("valid", [], [])


@pytest.mark.parametrize("wrapping", list(Wrapping))
def test_session_when_the_record_is_wrapped_then_kept_as_the_meter_wrote_it(
    gateway: GatewayProcess, place: Place, wrapping: Wrapping
) -> None:
    meter = SigningMeter(NUMBER, KEY, wrapping=wrapping)
    keep_meter(place, meter.public_key)

    charge(gateway, place, meter, SampledDataSignStartedReadings="true")

    assert outcome(place)[0] == "valid"
    texts = run_in_schema(
        "alpha",
        lambda: list(
            SignedRecord.objects.filter(session__station_id=place.pk).values_list("text", flat=True)
        ),
    )
    assert len(texts) == 2
    assert all(text.startswith("OCMF|{") for text in texts)


@pytest.mark.parametrize(
    "meter, reasons",
    [
        (SigningMeter(NUMBER, KEY, fault=Fault.TAMPERED), ["SIGNATURE_INVALID"]),
        (SigningMeter(NUMBER, new_private_key()), ["SIGNATURE_INVALID"]),
        (SigningMeter(NUMBER, KEY, fault=Fault.WITHOUT_END), ["NO_END"]),
        (SigningMeter("1SIM0000000002", KEY), ["METER_NUMBER_MISMATCH"]),
        (SigningMeter(NUMBER, new_private_key("secp192r1"), "secp192r1"), ["KEY_CURVE_MISMATCH"]),
    ],
    ids=["tampered", "wrong key", "missing end", "swapped meter", "other curve"],
)
def test_session_when_something_is_wrong_then_invalid_with_the_reason(
    gateway: GatewayProcess, place: Place, meter: SigningMeter, reasons: list[str]
) -> None:
    keep_meter(place, SigningMeter(NUMBER, KEY).public_key)

    charge(gateway, place, meter)

    eka, found, _warnings = outcome(place)
    assert (eka, found) == ("invalid", reasons)


def test_session_when_nothing_is_signed_then_invalid_after_the_waiting_time(
    gateway: GatewayProcess, place: Place
) -> None:
    keep_meter(place, SigningMeter(NUMBER, KEY).public_key)

    charge(gateway, place, SigningMeter(NUMBER, KEY, fault=Fault.SILENT))

    assert outcome(place) == ("invalid", [], [])


def test_configuration_when_it_names_the_meters_key_then_it_is_offered(
    gateway: GatewayProcess, place: Place
) -> None:
    meter = SigningMeter(NUMBER, KEY)

    def ask() -> Any:
        now = timezone.now()
        return StationCommand.objects.create(
            station_id=place.pk,
            command=Command.GET_CONFIGURATION.value,
            parameters={},
            requested_at=now,
            expires_at=now + timedelta(minutes=1),
        )

    def offers() -> list[str]:
        rows = OfferedKey.objects.filter(charge_point__station_id=place.pk)
        return list(rows.values_list("public_key", flat=True))

    run_in_schema("alpha", ask)

    async def stay(is_done: Callable[[], bool]) -> None:
        async with SimulatedCharger(
            gateway.url, place.charge_box_id, password=STATION_KEY, meters={1: meter}
        ) as charger:
            await charger.boot()
            await asyncio.to_thread(eventually, is_done)

    def is_offered() -> bool:
        try:
            return run_in_schema("alpha", offers) == [meter.public_key]
        finally:
            # Asked in a thread of its own, which would keep its connection.
            connections.close_all()

    asyncio.run(stay(is_offered))
