"""Reading charging sessions."""

from dataclasses import dataclass
from datetime import datetime

from apps.charge_records.domain.statuses import OPEN_SESSION_STATES, SessionState
from apps.charge_records.domain.timing import is_time_unreadable
from apps.charge_records.models import ChargingSession
from apps.core.rows import fetch_one, read
from apps.emaid.models import Card
from apps.vocabulary.answers import AuthorizationStatus
from apps.vocabulary.events import TransactionStarted
from apps.vocabulary.identifiers import normalise_uid, reverse_uid

# As the unique constraint has it, so that its index finds the row.
SAME_START = """
WHERE station_id = %(station)s AND connector_number = %(connector)s
    AND UPPER(id_tag) = UPPER(%(id_tag)s) AND meter_start_wh = %(meter)s
"""
AT_SAME_TIME = f"{SAME_START} AND started_at = %(at)s"
NEWEST_OPEN = f"{SAME_START} AND state = ANY(%(open)s) ORDER BY id DESC LIMIT 1"
CHARGING = f"""
SELECT station_id, connector_number FROM {ChargingSession._meta.db_table}
WHERE UPPER(id_tag) = ANY(%(tags)s) AND state = '{SessionState.ACTIVE.value}'
    AND authorization_status = '{AuthorizationStatus.ACCEPTED.value}'
    AND start_received_at <= %(as_of)s
"""  # noqa: S608 our own names; values travel as parameters


@dataclass(frozen=True, slots=True)
class ChargingPlace:
    """Where a session runs."""

    station_id: int
    connector_number: int


def find_start(station_id: int, event: TransactionStarted) -> ChargingSession | None:
    """Return the session that this start made, if it was received before (OCP-06).

    By content: connector, idTag whatever its case, instant, meter. Where no time was readable, an
    open session with the other three and no time either.
    """
    values = {
        "station": station_id,
        "connector": event.connector,
        "id_tag": event.id_tag,
        "meter": event.meter_start_wh,
        "at": event.at,
        "open": list(OPEN_SESSION_STATES),
    }
    if not is_time_unreadable(event.flags):
        return fetch_one(ChargingSession, AT_SAME_TIME, values)
    newest = fetch_one(ChargingSession, NEWEST_OPEN, values)
    return newest if newest is not None and is_time_unreadable(newest.flags) else None


def charging_with_card(card: Card, *, as_of: datetime) -> list[ChargingPlace]:
    """Return where sessions run that were accepted with the card before that time."""
    keys = {card.tag.upper()}
    if uid := normalise_uid(card.tag):
        keys |= {uid, reverse_uid(uid)}
    if card.emaid:
        keys.add(card.emaid)
    rows = read(CHARGING, {"tags": sorted(keys), "as_of": as_of})
    return [ChargingPlace(*row) for row in rows]


def find_session(station_id: int, transaction_id: int) -> ChargingSession | None:
    """Return the station's session of that transaction id."""
    return ChargingSession.objects.filter(
        station_id=station_id, transaction_id=transaction_id
    ).first()
