"""Charging stations as the portal's pages need them; whoever calls starts from `visible_to`."""

import re
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import ngettext

from apps.infrastructure.choices import (
    NEVER_CONNECTED_BADGE,
    OFFLINE_BADGE,
    ONLINE_BADGE,
)
from apps.infrastructure.models import ChargePoint, Connector, Station, StationCommand
from apps.portal.badges import Badge

MAX_TERMS = 200
SEPARATORS = re.compile(r"[,;\s]+")
NEWEST_COMMANDS = 50
# Reports that say how a station's clock goes, and what nobody needs to know: the way takes time.
CLOCK_REPORTS = 5
CLOCK_TOLERANCE_S = 10


def with_list_details(stations: QuerySet[Any]) -> QuerySet[Any]:
    """Return the stations with location, connection and charge points, in three queries."""
    return stations.select_related("location", "connection").prefetch_related(
        Prefetch("charge_points", ChargePoint.objects.order_by("number"))
    )


def search_terms(text: str) -> list[str]:
    """Split a search of several ids: "A-1, A-2;B*7 C" -> ["A-1", "A-2", "B*7", "C"]."""
    return [term for term in SEPARATORS.split(text.strip()) if term][:MAX_TERMS]


def search_stations(stations: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Return stations that match all of the text, or one of its ids where it holds several."""
    text = text.strip()
    if not text:
        return stations
    matches = matching(text)
    terms = search_terms(text)
    if len(terms) > 1:
        matches |= Q(pk__in=stations_with_ids(terms).values("pk"))
    return stations.filter(matches)


def matching(text: str) -> Q:
    """Return the condition for one text anywhere in a station's names and ids."""
    own = (
        Q(charge_box_id__icontains=text)
        | Q(station_id__icontains=text)
        | Q(name__icontains=text)
        | Q(serial_number__icontains=text)
        | Q(location__name__icontains=text)
        | Q(city__icontains=text)
    )
    points = ChargePoint.objects.filter(
        Q(charge_port_id__icontains=text) | Q(evse_id__icontains=text)
    )
    return own | Q(pk__in=points.values("station"))


def stations_with_ids(terms: list[str]) -> QuerySet[Any]:
    """Return stations of which an id is one of the terms, whatever its case."""
    own, points = Q(), Q()
    for term in terms:
        own |= Q(charge_box_id__iexact=term) | Q(station_id__iexact=term)
        points |= Q(charge_port_id__iexact=term) | Q(evse_id__iexact=term)
    return Station.objects.filter(
        own | Q(pk__in=ChargePoint.objects.filter(points).values("station"))
    )


def connection_badge(station: Station) -> Badge:
    """Return whether the station is connected, as a badge."""
    connection = getattr(station, "connection", None)
    if connection is None or (not connection.is_online and connection.last_message_at is None):
        return NEVER_CONNECTED_BADGE
    return ONLINE_BADGE if connection.is_online else OFFLINE_BADGE


def clock_skew_s(station: Station) -> int | None:
    """Return how many seconds the station's clock is ahead of ours; None where nothing tells.

    From its newest status reports, which hold both times; the quickest one counts, for a report
    that waited says nothing of the clock. One without a time of its own has that of receipt.
    """
    newest = station.status_changes.order_by("-received_at")[:CLOCK_REPORTS]
    ahead = [
        (change.reported_at - change.received_at).total_seconds()
        for change in newest
        if change.reported_at != change.received_at
    ]
    return round(max(ahead)) if ahead else None


def clock_sentence(station: Station) -> str:
    """Return what is wrong with the station's clock, else an empty text."""
    skew_s = clock_skew_s(station)
    if skew_s is None or abs(skew_s) <= CLOCK_TOLERANCE_S:
        return ""
    text = (
        ngettext(
            "The clock of the charger is %(seconds)s second ahead.",
            "The clock of the charger is %(seconds)s seconds ahead.",
            skew_s,
        )
        if skew_s > 0
        else ngettext(
            "The clock of the charger is %(seconds)s second behind.",
            "The clock of the charger is %(seconds)s seconds behind.",
            -skew_s,
        )
    )
    return text % {"seconds": abs(skew_s)}


def connectors_of(station: Station) -> list[Connector]:
    """Return the station's connectors with their charge points."""
    return list(station.connectors.select_related("charge_point").order_by("number"))


def newest_commands(station: Station) -> list[StationCommand]:
    """Return the station's newest commands with who asked for them, newest first."""
    commands = station.commands.select_related("requested_by", "station")
    return list(commands.order_by("-requested_at", "-pk")[:NEWEST_COMMANDS])
