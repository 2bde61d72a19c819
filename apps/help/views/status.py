"""The status of the platform: for everybody, for a tenant's people, for the platform operator."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.help.choices import (
    COMPONENT_LABELS,
    KIND_CHOICES,
    PHASE_BADGES,
    STAGE_LABELS,
    STATE_BADGES,
    STATE_SENTENCES,
)
from apps.help.domain.health import measured_states, summary_of
from apps.help.domain.malfunctions import Kind, Phase
from apps.help.models import Malfunction
from apps.help.selectors import notices
from apps.help.selectors.health import health
from apps.help.selectors.notices import Notice, Told, Words
from apps.help.services.readers import dismiss
from apps.infrastructure.models import Station
from apps.portal.badges import Badge
from apps.portal.rendering import render_page
from apps.portal.site import console_site
from apps.tenants.choices import TenantKind
from apps.tenants.models import Tenant
from apps.tenants.selectors import current_tenant

KIND_LABELS = dict(KIND_CHOICES)


@dataclass(frozen=True, slots=True)
class Card:
    """A notice as the status pages show it."""

    notice: Notice
    title: Words
    kind: Any
    badge: Badge
    components: list[Any]
    updates: list[tuple[Told, Any]]
    is_maintenance: bool


def card_of(notice: Notice, now: datetime) -> Card:
    phase = notice.phase_at(now)
    is_active = phase is Phase.ACTIVE
    return Card(
        notice=notice,
        title=notice.title,
        kind=KIND_LABELS[notice.kind.value],
        badge=STATE_BADGES[notice.state_at(now)] if is_active else PHASE_BADGES[phase],
        components=[COMPONENT_LABELS[name] for name in notice.components],
        updates=[(told, STAGE_LABELS[told.stage]) for told in notice.updates],
        is_maintenance=notice.kind is Kind.MAINTENANCE,
    )


def overview(current: list[Notice], now: datetime) -> dict[str, Any]:
    """Return the states of the components and what is active or announced."""
    states = notices.states_with(measured_states(health.get()), current, now)
    summary = summary_of(states.values())
    return {
        "summary": STATE_BADGES[summary],
        "sentence": STATE_SENTENCES[summary],
        "components": [
            (COMPONENT_LABELS[component.value], STATE_BADGES[state])
            for component, state in states.items()
        ],
        "cards": [card_of(notice, now) for notice in current],
        "checked_at": health.get().measured_at,
    }


@require_safe
def public_status(request: HttpRequest) -> HttpResponse:
    """Show what everybody may know: no ids, no numbers, nothing of single tenants."""
    now = timezone.now()
    context = overview(notices.current(now), now)
    response = render(request, "help/public_status.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def portal_status(request: HttpRequest) -> HttpResponse:
    """Show what concerns the tenant, with what was measured and what is over."""
    tenant, now = current_tenant(), timezone.now()
    context = {
        **overview(notices.current(now, tenant), now),
        "past": [card_of(notice, now) for notice in notices.past(now, tenant)],
        "health": health.get(),
        "stations": station_counts(request),
    }
    return render_page(request, "help/status.html", context, title=_("Status"))


def console_status(request: HttpRequest) -> HttpResponse:
    """Show the same over all tenants, with the figures of the gateways."""
    now = timezone.now()
    context = {
        **overview(notices.current_of_all(now), now),
        "past": [card_of(notice, now) for notice in notices.past(now, None)],
        "health": health.get(),
        "is_console": True,
    }
    return render_page(request, "help/status.html", context, title=_("Status"), site=console_site)


def station_counts(request: HttpRequest) -> dict[str, int] | None:
    """Return how many of the stations that the person sees are connected; None: no right."""
    user: Any = request.user
    if not user.has_perm("infrastructure.view_station"):
        return None
    return (
        Station.objects.visible_to(user)
        .order_by()
        .aggregate(number=Count("pk"), online=Count("pk", filter=Q(connection__is_online=True)))
    )


def banner_notices(tenant: Tenant, user_id: int) -> list[Notice]:
    """Return what a person is to be told on every page."""
    return notices.undismissed(notices.current(timezone.now(), tenant), tenant, user_id)


def dismiss_banner(request: HttpRequest) -> HttpResponse:
    """Put a banner away and go back to where it was."""
    user: Any = request.user
    try:
        dismiss(current_tenant(), user.pk, int(request.POST.get("notice", "")), now=timezone.now())
    except (ValueError, OverflowError, Malfunction.DoesNotExist) as error:
        raise Http404 from error
    back = request.POST.get("next", "")
    is_own = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return HttpResponseRedirect(back if is_own else reverse("admin:status"))


def is_of_customer(tenant: Tenant | None) -> bool:
    """Say whether the host is a portal, where banners and help are shown."""
    return tenant is not None and tenant.kind == TenantKind.CUSTOMER
