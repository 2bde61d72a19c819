"""Keys that stations offer, and the person who confirms one: only then it is trusted."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Least

from apps.audit.domain.kinds import Kind
from apps.audit.services.trail import record
from apps.charge_records.domain.ocmf.curves import SECP192R1
from apps.charge_records.domain.ocmf.keys import KeyNotReadableError, PublicKey, read_key
from apps.charge_records.domain.offers import KeySource, OfferState, keys_in_configuration
from apps.charge_records.models import OfferedKey
from apps.charge_records.selectors.calibration import fingerprint_of, is_in_use, meters_of
from apps.charge_records.services.meters import save_meter
from apps.infrastructure.models import ChargePoint, Connector, Meter

# Ours: a station that names ever new keys does not fill the page.
OFFERS_MAX = 20


def offer_keys(
    charge_point_id: int,
    offered: Iterable[tuple[str, KeySource]],
    *,
    meter_number: str = "",
    since: datetime | None = None,
    now: datetime,
) -> None:
    """Keep keys (any notation) as offers, each once; those of master data need no confirmation.

    `since`: when the meter with that key was in use at the latest; None for now. A key that is told
    of again by what comes late was there before.
    """
    since = since or now
    found: dict[str, tuple[PublicKey, KeySource]] = {}
    for text, source in offered:
        try:
            # Only Alfen puts a compressed point into its records.
            key = read_key(text, SECP192R1 if source is KeySource.RECORD else None)
        except KeyNotReadableError:
            continue
        found.setdefault(key.fingerprint, (key, source))
    if not found:
        return
    OfferedKey.objects.filter(charge_point_id=charge_point_id, fingerprint__in=found).update(
        first_seen_at=Least("first_seen_at", Value(since)), last_seen_at=now
    )
    room = OFFERS_MAX - OfferedKey.objects.filter(charge_point_id=charge_point_id).count()
    trusted = trusted_fingerprints(charge_point_id)
    rows = [
        OfferedKey(
            charge_point_id=charge_point_id,
            public_key=key.hex,
            fingerprint=fingerprint,
            curve=key.curve.name,
            source=source.value,
            meter_number=meter_number,
            state=(OfferState.CONFIRMED if fingerprint in trusted else OfferState.OPEN).value,
            first_seen_at=since,
            last_seen_at=now,
        )
        for fingerprint, (key, source) in found.items()
    ]
    OfferedKey.objects.bulk_create(rows[: max(room, 0)], ignore_conflicts=True)


def trusted_fingerprints(charge_point_id: int) -> set[str]:
    """Return the fingerprints of all keys that master data hold for the charge point."""
    keys = Meter.objects.filter(charge_point_id=charge_point_id).exclude(public_key="")
    return {fingerprint_of(key) for key in keys.values_list("public_key", flat=True)}


def offer_configuration(station_id: int, answer: Any, *, now: datetime) -> None:
    """Offer the keys in a station's answer to GetConfiguration, each to its connector's point."""
    for number, key in keys_in_configuration(answer):
        connector = Connector.objects.filter(station_id=station_id, number=number).first()
        if connector is not None:
            offer_keys(connector.charge_point_id, [(key.hex, KeySource.CONFIGURATION)], now=now)


@transaction.atomic
def confirm_key(offer: OfferedKey, actor: Any) -> Meter:
    """Put an offered key into the master data of the meter that was in use when it was first seen.

    A meter that has another key was swapped: it ends where the new key was first seen, and a new
    one takes its place, so that sessions of before are still checked with the old key.
    """
    ChargePoint.objects.select_for_update().get(pk=offer.charge_point_id)
    offer = OfferedKey.objects.select_for_update().get(pk=offer.pk)
    seen_at = offer.first_seen_at
    meters = list(meters_of([offer.charge_point_id]).select_for_update())
    meter = next((one for one in meters if is_in_use(one, seen_at)), None)
    if meter is None:
        begins = [one.valid_from for one in meters if one.valid_from and one.valid_from > seen_at]
        meter = Meter(charge_point_id=offer.charge_point_id, valid_to=min(begins, default=None))
    elif meter.public_key.strip() and fingerprint_of(meter.public_key) != offer.fingerprint:
        new = Meter(
            charge_point_id=offer.charge_point_id, valid_from=seen_at, valid_to=meter.valid_to
        )
        meter.valid_to = seen_at
        save_meter(meter)
        meter = new
    meter.public_key = offer.public_key
    meter.meter_number = meter.meter_number or offer.meter_number
    save_meter(meter)
    answer_offer(offer, OfferState.CONFIRMED, actor)
    return meter


@transaction.atomic
def dismiss_key(offer: OfferedKey, actor: Any) -> None:
    """Say that an offered key is not the meter's; it is not shown again."""
    answer_offer(
        OfferedKey.objects.select_for_update().get(pk=offer.pk), OfferState.DISMISSED, actor
    )


def answer_offer(offer: OfferedKey, state: OfferState, actor: Any) -> None:
    before = offer.state
    offer.state = state.value
    offer.save(update_fields=["state"])
    record(
        Kind.CHANGED,
        actor,
        offer.charge_point,
        before={"offered_key": before},
        after={"offered_key": state.value},
        details={"fingerprint": offer.fingerprint, "curve": offer.curve},
    )
