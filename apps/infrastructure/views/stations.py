"""A charging station's pages: its tabs, what other rooms hang on them, and its creation."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError
from apps.infrastructure.choices import Protocol
from apps.infrastructure.forms.commands import STATION_BUTTONS
from apps.infrastructure.forms.stations import StationCreateForm
from apps.infrastructure.models import Station, StationCommand
from apps.infrastructure.selectors import charge_points as points
from apps.infrastructure.selectors import stations as selectors
from apps.infrastructure.services.commands import permitted
from apps.infrastructure.services.stations import create_station
from apps.infrastructure.views.commands import command_badge, command_sentence
from apps.infrastructure.views.security import security_context
from apps.portal import panels
from apps.portal.refusals import show_refusal
from apps.portal.rendering import fragment_name, render_fragment, render_page
from apps.portal.scope import has_right

PLACE = "infrastructure.station"
TAB_PLACE = "infrastructure.station.tab"
EDIT = "edit"
GATEWAY_PATHS = {Protocol.OCPP_16.value: "ocpp16", Protocol.OCPP_201.value: "ocpp20"}


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of a page; `url` is where it leads."""

    name: str
    title: str | Promise
    url: str
    is_current: bool


def station_page(request: HttpRequest, station: Station) -> HttpResponse:
    """Show the tab that the address names, or a fragment of it."""
    fragment = fragment_name(request)
    if fragment == "head":
        return render_fragment(
            request, "infrastructure/parts/station_head.html", head(request, station)
        )
    tab = request.GET.get("tab", "overview")
    template, context = tab_content(request, station, tab)
    if fragment:
        return render_fragment(
            request, "infrastructure/parts/panels.html", {**context, "row": station}
        )
    return render_page(
        request,
        template,
        {**head(request, station, tab), **context},
        title=station.charge_box_id,
        model=Station,
        row=station,
    )


def tab_content(request: HttpRequest, station: Station, tab: str) -> tuple[str, dict[str, Any]]:
    """Return template and context of a tab. Raises Http404 for a name that no tab has."""
    only = fragment_name(request)
    if tab == "overview":
        shown = panels.render(PLACE, request, station, only)
        return "infrastructure/station.html", {**overview(station), "panels": shown}
    if tab == "charge-points":
        return "infrastructure/station_charge_points.html", {"points": charge_point_rows(station)}
    if tab == "commands" and has_right(request, StationCommand, "view"):
        return "infrastructure/station_commands.html", {"commands": command_rows(station)}
    if tab == "security":
        return "infrastructure/station_security.html", security_context(request, station)
    shown = panels.render(TAB_PLACE, request, station, tab)
    if not shown:
        raise Http404
    return "infrastructure/station_panel.html", {"panels": shown}


def head(request: HttpRequest, station: Station, tab: str = "overview") -> dict[str, Any]:
    """Return what stands on top of every tab: connection, statuses, commands, tabs."""
    return {
        "row": station,
        "station": station,
        "connection": getattr(station, "connection", None),
        "connection_badge": selectors.connection_badge(station),
        "charge_points": [
            (charge_point, points.status_badge(charge_point))
            for charge_point in points.with_list_details(station.charge_points.order_by("number"))
        ],
        "can_command": permitted(station, request.user),  # type: ignore[arg-type]
        "buttons": command_buttons(station),
        "tabs": tabs(request, station, tab),
        "head_url": reverse("admin:infrastructure_station_change", args=[station.pk]),
    }


def command_buttons(station: Station, query: str = "") -> list[dict[str, Any]]:
    """Return the buttons that open a command's dialog: `[{"title", "icon", "url"}]`."""
    return [
        {
            "title": form.title,
            "icon": form.icon,
            "name": form.name,
            "url": reverse(
                f"admin:infrastructure_station_ask_{form.name.replace('-', '_')}", args=[station.pk]
            )
            + query,
        }
        for form in STATION_BUTTONS
    ]


def tabs(request: HttpRequest, station: Station, current: str) -> list[Tab]:
    """Return the tabs that the person may open."""
    names: list[tuple[str, str | Promise]] = [
        ("overview", _("Overview")),
        (EDIT, _("Address and master data")),
        ("charge-points", _("Charge points")),
    ]
    names += [
        (panel.name, panel.title)
        for panel in panels.registered(TAB_PLACE)
        if panel.is_open_to(request)
    ]
    if has_right(request, StationCommand, "view"):
        names.append(("commands", _("Commands")))
    names.append(("security", _("Security")))
    url = reverse("admin:infrastructure_station_change", args=[station.pk])
    return [Tab(name, title, f"{url}?tab={name}", name == current) for name, title in names]


def overview(station: Station) -> dict[str, Any]:
    """Return the facts of the overview."""
    return {
        "clock": selectors.clock_sentence(station),
        "connectors": [
            (connector, points.connector_status_label(connector.status))
            for connector in selectors.connectors_of(station)
        ],
    }


def charge_point_rows(station: Station) -> list[dict[str, Any]]:
    """Return the station's charge points with badge, reason and connectors."""
    rows = []
    for charge_point in points.with_list_details(station.charge_points.order_by("number")):
        connectors = list(charge_point.connectors.all())
        rows.append(
            {
                "charge_point": charge_point,
                "badge": points.status_badge(charge_point),
                "reason": points.status_reason(charge_point, connectors),
                "connectors": connectors,
            }
        )
    return rows


def command_rows(station: Station) -> list[dict[str, Any]]:
    """Return the newest commands with their state and the station's answer in words."""
    return [
        {"command": row, "badge": command_badge(row), "sentence": command_sentence(row)}
        for row in selectors.newest_commands(station)
    ]


def create_page(request: HttpRequest) -> HttpResponse:
    """Show the form of a new station; after its creation the technician's summary, once."""
    form = StationCreateForm(request.POST or None, user=request.user)  # type: ignore[arg-type]
    if request.method == "POST" and form.is_valid():
        plan = form.plan()
        try:
            station = create_station(
                request.tenant,  # type: ignore[attr-defined]
                plan,
                now=timezone.now(),
            )
        except AppError as error:
            show_refusal(form, error)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            return created_page(request, station, plan.password)
    return render_page(
        request,
        "infrastructure/station_create.html",
        {"form": form},
        title=_("Create charging station"),
    )


def created_page(request: HttpRequest, station: Station, password: str) -> HttpResponse:
    """Show what the technician enters at the charger; the password is shown only here."""
    scheme = "wss" if request.is_secure() else "ws"
    path = GATEWAY_PATHS.get(station.protocol, "ocpp16")
    response = render_page(
        request,
        "infrastructure/station_created.html",
        {
            "station": station,
            "password": password,
            "base_url": f"{scheme}://{request.get_host()}/device/{path}/",
            "full_url": f"{scheme}://{request.get_host()}/device/{path}/{station.charge_box_id}",
        },
        title=_("Charging station created"),
        model=Station,
        row=station,
    )
    response.headers["Cache-Control"] = "no-store"
    return response
