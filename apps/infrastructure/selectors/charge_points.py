"""Charge points as the portal's pages need them: counts, badge and reason of the status."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.infrastructure.choices import (
    CONNECTOR_STATUS_LABELS,
    PLANNED_BADGE,
    PORTAL_STATUS_BADGES,
)
from apps.infrastructure.domain.statuses import (
    OUT_OF_SERVICE_STATUSES,
    PortalStatus,
    StationState,
)
from apps.infrastructure.models import ChargePoint, Connector, Station
from apps.infrastructure.selectors.stations import search_terms
from apps.portal.badges import Badge

PLANNED = "planned"
NO_ERROR = "NoError"


def with_list_details(charge_points: QuerySet[Any]) -> QuerySet[Any]:
    """Return the charge points with station, location, connection and connectors."""
    return charge_points.select_related(
        "station", "station__location", "station__connection"
    ).prefetch_related(Prefetch("connectors", Connector.objects.order_by("number")))


def search_charge_points(charge_points: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Return charge points that match the text, or one of several ids."""
    text = text.strip()
    if not text:
        return charge_points
    matches = (
        Q(charge_port_id__icontains=text)
        | Q(evse_id__icontains=text)
        | Q(station__charge_box_id__icontains=text)
        | Q(station__name__icontains=text)
        | Q(station__location__name__icontains=text)
    )
    terms = search_terms(text)
    for term in terms if len(terms) > 1 else ():
        matches |= (
            Q(charge_port_id__iexact=term)
            | Q(evse_id__iexact=term)
            | Q(station__charge_box_id__iexact=term)
        )
    return charge_points.filter(matches)


def in_status(charge_points: QuerySet[Any], status: str) -> QuerySet[Any]:
    """Return charge points by the status of a dashboard tile; planned ones stand apart."""
    planned = Q(station__state=StationState.PLANNED.value)
    if status == PLANNED:
        return charge_points.filter(planned)
    return charge_points.filter(~planned, status=status)


def status_counts(charge_points: QuerySet[Any]) -> dict[str, int]:
    """Return how many charge points are in each status, in one query: {"available": 12, ...}."""
    counts: Counter[str] = Counter()
    rows = charge_points.order_by().values("status", "station__state")
    for row in rows.annotate(number=Count("pk")):
        planned = row["station__state"] == StationState.PLANNED.value
        counts[PLANNED if planned else row["status"]] += row["number"]
    return {name: counts[name] for name in (*PORTAL_STATUS_BADGES, PLANNED)}


def status_badge(charge_point: ChargePoint) -> Badge | None:
    """Return the status as the portal shows it; a planned station's charge points are planned."""
    if charge_point.station.state == StationState.PLANNED.value:
        return PLANNED_BADGE
    return PORTAL_STATUS_BADGES.get(charge_point.status)


def connector_status_label(status: str) -> str | Promise:
    """Return a connector's reported word in the reader's language; unknown words as sent."""
    return CONNECTOR_STATUS_LABELS.get(status, status) or _("not reported yet")


def status_reason(charge_point: ChargePoint, connectors: Sequence[Connector]) -> str:
    """Return in a sentence why the charge point has its status (INF-07)."""
    station = charge_point.station
    if station.state == StationState.PLANNED.value:
        return str(_("The station is planned and not in operation yet."))
    if charge_point.status == PortalStatus.NEEDS_SERVICE.value:
        return service_reason(station, connectors)
    words = [
        str(
            _("Connector %(number)s reports %(status)s.")
            % {"number": connector.number, "status": connector_status_label(connector.status)}
        )
        for connector in connectors
        if connector.status
    ]
    return " ".join(words)


def service_reason(station: Station, connectors: Sequence[Connector]) -> str:
    """Return why a charge point needs service."""
    connection = getattr(station, "connection", None)
    if connection is None or (connection.last_message_at is None and not connection.is_online):
        return str(_("The station has never been connected."))
    if not connection.is_online:
        return str(_("The station is not connected."))
    if station.reported_status in OUT_OF_SERVICE_STATUSES:
        return fault_sentence(
            _("The station reports %(status)s."), station.reported_status, station.reported_error
        )
    for connector in connectors:
        if connector.status in OUT_OF_SERVICE_STATUSES:
            return fault_sentence(
                _("Connector %(number)s reports %(status)s."),
                connector.status,
                connector.error_code,
                number=connector.number,
                info=connector.error_info,
            )
    return str(_("No connector has reported a status yet."))


def fault_sentence(
    sentence: Any, status: str, error_code: str, *, number: int = 0, info: str = ""
) -> str:
    """Return the sentence with the error that the station named, and its own words."""
    text = str(sentence % {"status": connector_status_label(status), "number": number})
    if error_code and error_code != NO_ERROR:
        text += " " + str(_("Error: %(code)s.") % {"code": error_code})
    return f"{text} {info}".strip()
