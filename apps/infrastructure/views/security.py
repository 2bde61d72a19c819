"""A station's security: its password, how it must dial in, and what was noted (INF-05, OCP-05)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from apps.core.errors import AppError
from apps.infrastructure.choices import (
    PASSWORD_CHANGE_SENTENCES,
    SECURITY_EVENT_LABELS,
    SecurityProfile,
)
from apps.infrastructure.domain.security import EventSource, PasswordChange
from apps.infrastructure.forms.security import PUSH, PasswordForm, ProfileForm
from apps.infrastructure.models import Station
from apps.infrastructure.selectors.security import may_secure, newest_events
from apps.infrastructure.services.password_changes import (
    push_password,
    set_password,
    set_security_profile,
)
from apps.infrastructure.services.passwords import generate_key, is_weak
from apps.infrastructure.views.certificates import certificates_context
from apps.portal.refusals import show_refusal
from apps.portal.rendering import render_fragment

DIALOG = "infrastructure/parts/security_dialog.html"
SHOWN = "infrastructure/parts/password_shown.html"
ENDED_BADLY = {PasswordChange.REFUSED, PasswordChange.NOT_SENT, PasswordChange.UNCONFIRMED}


def security_context(request: HttpRequest, station: Station) -> dict[str, Any]:
    """Return what the station's Security tab shows."""
    change = station.password_change
    return {
        **certificates_context(request, station),
        "can_secure": may_secure(station, request.user),
        "profile": SecurityProfile(station.security_profile).label,
        "change_sentence": PASSWORD_CHANGE_SENTENCES.get(change, ""),
        "is_change_bad": change in ENDED_BADLY,
        "events": [
            {
                "event": event,
                "label": SECURITY_EVENT_LABELS.get(event.type, event.type)
                if event.source == EventSource.BACK_END.value
                else event.type,
            }
            for event in newest_events(station)
        ],
    }


def ask_password(request: HttpRequest, station: Station) -> HttpResponse:
    """Show the dialog of a new password."""
    return password_dialog(request, station, PasswordForm(station=station))


@sensitive_post_parameters("password")
@sensitive_variables("password", "form")
def send_password(request: HttpRequest, station: Station) -> HttpResponse:
    """Push or set the password and show it, this once."""
    form = PasswordForm(request.POST, station=station)
    if not form.is_valid():
        return password_dialog(request, station, form)
    typed = form.cleaned_data["password"]
    password = typed or generate_key()
    is_pushed = form.cleaned_data["delivery"] == PUSH
    try:
        change: dict[str, Any] = {
            "generated": not typed,
            "actor": request.user,
            "now": timezone.now(),
        }
        if is_pushed:
            push_password(station, password, **change)
        else:
            set_password(station, password, **change)
    except AppError as error:
        show_refusal(form, error)
        return password_dialog(request, station, form)
    context = {
        "station": station,
        "password": password,
        "is_pushed": is_pushed,
        "is_weak": bool(typed) and is_weak(typed),
        "station_url": reverse("admin:infrastructure_station_change", args=[station.pk]),
    }
    return render_fragment(request, SHOWN, context)


def password_dialog(request: HttpRequest, station: Station, form: PasswordForm) -> HttpResponse:
    context = {
        "station": station,
        "form": form,
        "title": _("New password"),
        "icon": "key",
        "submit": _("Change password"),
        "text": _("Whoever has the password can connect as this station."),
        "send_url": reverse("admin:infrastructure_station_send_password", args=[station.pk]),
    }
    return render_fragment(request, DIALOG, context)


def ask_profile(request: HttpRequest, station: Station) -> HttpResponse:
    """Show the dialog of the security profile."""
    form = ProfileForm(initial={"security_profile": station.security_profile})
    return profile_dialog(request, station, form)


def send_profile(request: HttpRequest, station: Station) -> HttpResponse:
    """Keep the profile; the browser loads the tab again."""
    form = ProfileForm(request.POST)
    if not form.is_valid():
        return profile_dialog(request, station, form)
    user: Any = request.user
    profile = form.cleaned_data["security_profile"]
    set_security_profile(station, profile, actor=user, now=timezone.now())
    response = HttpResponse(status=204)
    url = reverse("admin:infrastructure_station_change", args=[station.pk])
    response.headers["HX-Redirect"] = f"{url}?tab=security"
    return response


def profile_dialog(request: HttpRequest, station: Station, form: ProfileForm) -> HttpResponse:
    context = {
        "station": station,
        "form": form,
        "title": _("Security profile"),
        "icon": "shield_lock",
        "submit": _("Save"),
        "text": _("A station that dials in any other way is refused and noted below."),
        "send_url": reverse("admin:infrastructure_station_send_profile", args=[station.pk]),
    }
    return render_fragment(request, DIALOG, context)
