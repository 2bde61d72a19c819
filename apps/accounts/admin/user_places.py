"""Where another user is signed in, on the user's page, and ending that (ACC-08)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.admin.own_places import chosen_place, shown_places
from apps.accounts.models import User
from apps.accounts.services.sessions import end_of_another
from apps.portal.pages import ObjectUrl


def places_urls() -> list[ObjectUrl]:
    """Return the addresses that end sessions of a user; the page shows a button for all of them."""
    return [
        ObjectUrl("places/end", "places_end", end_place, "change"),
        ObjectUrl(
            "places/end-all",
            "places_end_all",
            end_all_places,
            "change",
            label=_("End all sessions"),
            icon="logout",
            confirm=_("The user has to log in again everywhere."),
            is_shown=lambda request, user: bool(shown_places(user)),
        ),
    ]


def places_context(user: User, *, may_end: bool) -> dict[str, Any]:
    """Return what the list of places on the user's page needs."""
    end_url = reverse("admin:accounts_user_places_end", args=[user.pk])
    return {"places": shown_places(user), "end_url": end_url if may_end else ""}


def end_place(request: HttpRequest, user: User) -> HttpResponse:
    place = chosen_place(request, user)
    end_of_another(request.user, user, [place])  # type: ignore[arg-type]
    messages.success(request, _("The session has ended: %(device)s.") % {"device": place.device})
    return back(user)


def end_all_places(request: HttpRequest, user: User) -> HttpResponse:
    end_of_another(request.user, user, user.places.all())  # type: ignore[arg-type]
    messages.success(request, _("All sessions of %(user)s have ended.") % {"user": user})
    return back(user)


def back(user: User) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:accounts_user_change", args=[user.pk]))
