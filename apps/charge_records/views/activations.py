"""Activation overview, one activation, and the running sessions that other pages show (CDR-08)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.charge_records.filters import ActivationFilterForm
from apps.charge_records.models import Activation, ChargingSession
from apps.charge_records.selectors import overview
from apps.emaid.models import Card
from apps.infrastructure.models import ChargePoint, Station
from apps.portal import panels
from apps.portal.keyset import keyset_page
from apps.portal.rendering import fragment_name, render_fragment, render_page

PLACE = "charge_records.activation"
LAST_ACTIVATIONS = 10
ROWS = "charge_records/parts/activation_rows.html"
PANELS = "charge_records/parts/panels.html"


def activation_overview(request: HttpRequest) -> HttpResponse:
    """Show the activations of the last 24 hours, newest first; `fragment=rows`: the table only."""
    now = timezone.now()
    form = ActivationFilterForm(request)
    rows = form.apply(overview.with_details(Activation.objects.visible_to(request.user)), now)
    page = keyset_page(rows, "began_at", before=request.GET.get("before", ""))
    context: dict[str, Any] = {
        "page": page,
        "rows": overview.activation_rows(page.rows, request.user, now=now),
        "filter_count": form.active_count,
    }
    if fragment_name(request) == "rows":
        return render_fragment(request, ROWS, context)
    return render_page(
        request,
        "charge_records/activation_list.html",
        {**context, "filters": form},
        title=_("Activation overview"),
    )


def activation_page(request: HttpRequest, activation: Activation) -> HttpResponse:
    """Show one activation with its steps; `fragment`: the part that moves, or one panel."""
    fragment = fragment_name(request)
    if fragment not in ("", "steps"):
        shown = panels.render(PLACE, request, activation, fragment)
        return render_fragment(request, PANELS, {"panels": shown})
    now = timezone.now()
    [entry] = overview.activation_rows([activation], request.user, now=now)
    context = {
        "entry": entry,
        "steps": overview.story(entry, now=now),
        "near_cards": overview.near_cards(activation, request.user),
    }
    if fragment:
        return render_fragment(request, "charge_records/parts/activation_card.html", context)
    return render_page(
        request,
        "charge_records/activation.html",
        {**context, "panels": panels.render(PLACE, request, activation)},
        title=activation.id_tag,
        model=Activation,
        row=activation,
    )


def running_on_station(request: HttpRequest, station: Station) -> dict[str, Any] | None:
    """Return the running sessions of a station, for its page."""
    return running(request, station.sessions.all(), station)


def running_on_charge_point(
    request: HttpRequest, charge_point: ChargePoint
) -> dict[str, Any] | None:
    """Return the running session of a charge point, for its page."""
    return running(request, charge_point.sessions.all(), charge_point.station)


def running(request: HttpRequest, sessions: Any, station: Station) -> dict[str, Any]:
    now = timezone.now()
    visible = ChargingSession.objects.visible_to(request.user)
    seen = sessions.filter(pk__in=visible.values("pk")).seen_by(request.user)
    rows = overview.running_sessions(seen)
    return {
        "station": station,
        "can_command": Station.objects.visible_to(request.user, "command")
        .filter(pk=station.pk)
        .exists(),
        "sessions": [
            {
                "session": session,
                "energy_wh": overview.energy_so_far(session),
                "duration_s": overview.duration_so_far(session, now=now),
            }
            for session in rows.select_related("activation")[:50]
        ],
    }


def last_with_card(request: HttpRequest, card: Card) -> dict[str, Any]:
    """Return the newest activations with a card, for its page; those the person may see."""
    now = timezone.now()
    visible = overview.with_details(Activation.objects.visible_to(request.user))
    rows = visible.filter(id_tag__iexact=card.tag).order_by("-began_at", "-pk")[:LAST_ACTIVATIONS]
    return {"entries": [overview.activation_row(row, now=now) for row in rows]}
