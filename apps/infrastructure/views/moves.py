"""The page on which chosen stations get another location."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.core.errors import AppError
from apps.infrastructure.forms.moves import MoveForm
from apps.infrastructure.models import Station
from apps.infrastructure.services.moves import move_stations
from apps.portal.refusals import show_refusal
from apps.portal.rendering import render_page


def move_page(request: HttpRequest) -> HttpResponse:
    """Show which stations go, ask where to, and move them."""
    user: Any = request.user
    form = MoveForm(request.POST or None, initial={"ids": request.GET.get("ids", "")}, user=user)
    try:
        stations = form.stations()
    except ValidationError as error:
        raise Http404 from error
    if request.method == "POST" and form.is_valid():
        location = form.cleaned_data["location"]
        try:
            moved = move_stations(user, form.cleaned_data["ids"], location, now=timezone.now())
        except AppError as error:
            show_refusal(form, error)
        else:
            text = ngettext(
                "%(number)s station moved to %(location)s.",
                "%(number)s stations moved to %(location)s.",
                moved,
            )
            messages.success(request, text % {"number": moved, "location": location})
            return HttpResponseRedirect(reverse("admin:infrastructure_station_changelist"))
    return render_page(
        request,
        "infrastructure/station_move.html",
        {"form": form, "stations": stations},
        title=_("Move to another location"),
        model=Station,
    )
