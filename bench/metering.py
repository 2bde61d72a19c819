"""What verifying a signed record and settling a session cost, measured where the work is done."""

import time
from collections.abc import Callable


def verifications(curve: str, number: int) -> tuple[float, float]:
    """Return seconds for one record, checked as settlement does, and for its bare signature."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    from apps.charge_records.domain.calibration import check_session
    from apps.charge_records.domain.ocmf.verdict import MeterData
    from apps.ocpp.simulator.signing import SigningMeter, new_private_key

    meter = SigningMeter("1BEN0000000001", new_private_key(curve), curve)
    text = signed_record(meter, 0, 10_000)
    _head, payload, seal = text.split("|")
    signature = bytes.fromhex(seal.split('"SD":"')[1].rstrip('"}'))
    key, octets, sha = meter.verifying_key, payload.encode(), ec.ECDSA(hashes.SHA256())
    data = MeterData(public_key=meter.public_key, number=meter.number)
    if not check_session([text], data).is_valid:
        raise RuntimeError("the record does not verify")
    ours = seconds(lambda: check_session([text], data), number)
    return ours, seconds(lambda: key.verify(signature, octets, sha), number)


def seconds(work: Callable[[], object], number: int) -> float:
    began = time.perf_counter()
    for _ in range(number):
        work()
    return (time.perf_counter() - began) / number


def signed_record(meter: object, begin_wh: int, end_wh: int) -> str:
    """Return a meter's record of a session of an hour that ends now."""
    from datetime import UTC, datetime, timedelta

    from apps.ocpp.simulator.readings import Reading
    from apps.ocpp.simulator.signing import BEGIN, END, SigningMeter

    assert isinstance(meter, SigningMeter)
    now = datetime.now(UTC)
    begin = meter.reading(Reading(now - timedelta(hours=1), begin_wh), BEGIN)
    return meter.record("04A2B3C4D5E680", begin, meter.reading(Reading(now, end_wh), END))


def settlements(number: int, *, is_signed: bool) -> float:
    """Return seconds for one settlement in the current schema, of sessions made before."""
    from datetime import timedelta

    from django.utils import timezone

    from apps.charge_records.domain.signed_data import SIGNED_DATA
    from apps.charge_records.models import ChargingSession
    from apps.charge_records.services.samples import store_samples
    from apps.charge_records.services.sessions import next_transaction_id
    from apps.charge_records.services.settlement import settle
    from apps.infrastructure.models import ChargePoint, Meter
    from apps.ocpp.simulator.signing import SigningMeter, new_private_key
    from apps.vocabulary.events import Sample

    point = ChargePoint.objects.select_related("station").first()
    assert point is not None
    point.is_under_calibration_law = True
    point.save()
    meter = SigningMeter("1BEN0000000001", new_private_key())
    Meter.objects.filter(charge_point=point).delete()
    Meter.objects.create(charge_point=point, meter_number=meter.number, public_key=meter.public_key)
    now, keys = timezone.now(), []
    for place in range(number):
        begin_wh = (place + number * is_signed) * 10_000
        session = ChargingSession.objects.create(
            station=point.station,
            charge_point=point,
            connector_number=1,
            transaction_id=next_transaction_id(),
            id_tag="04A2B3C4D5E680",
            state="ended",
            authorization_status="Accepted",
            started_at=now - timedelta(hours=1),
            start_received_at=now - timedelta(hours=1),
            meter_start_wh=begin_wh,
            ended_at=now,
            stop_received_at=now,
            meter_stop_wh=begin_wh + 10_000,
        )
        if is_signed:
            value = Sample(
                at=now,
                measurand="Energy.Active.Import.Register",
                value=None,
                unit="Wh",
                phase=None,
                context="Transaction.End",
                location="Outlet",
                format=SIGNED_DATA,
                raw_value=signed_record(meter, begin_wh, begin_wh + 10_000),
            )
            store_samples(session, [value], now=now)
        keys.append(session.pk)
    began = time.perf_counter()
    records = [settle(key, now=now) for key in keys]
    took_s = (time.perf_counter() - began) / number
    wanted = "valid" if is_signed else "open"
    if any(record is None or record.eka != wanted for record in records):
        raise RuntimeError(f"a record is not {wanted}")
    return took_s
