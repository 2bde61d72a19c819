"""Where somebody is signed in: of the own account, and what the pages ask about their session."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import SignedInPlace, User
from apps.accounts.selectors import open_places
from apps.accounts.services import places
from apps.accounts.services.sessions import end_own
from apps.portal.navigation import is_console
from apps.portal.rendering import render_page
from apps.portal.scope import get_row_or_404
from apps.portal.site import console_site, portal_site

SHOWN = 100


def shown_places(user: User) -> list[SignedInPlace]:
    """Return the places that a page lists: the last hundred, which nobody reaches."""
    return list(open_places(user, timezone.now())[:SHOWN])


def place_of(request: HttpRequest) -> int:
    """Return the id of the place from which the request comes; the middleware made one."""
    number: int = request.session[places.PLACE_KEY]["id"]
    return number


def places_page(request: HttpRequest) -> HttpResponse:
    rows = shown_places(own(request))
    context = {
        "places": rows,
        "this_place": place_of(request),
        "end_url": reverse("admin:signed_in_places_end"),
        "has_others": len(rows) > 1,
    }
    return render_page(
        request,
        "accounts/signed_in_places.html",
        context,
        title=_("Signed-in places"),
        site=console_site if is_console(request) else portal_site,
    )


def own(request: HttpRequest) -> User:
    user: Any = request.user
    assert isinstance(user, User)
    return user


def chosen_place(request: HttpRequest, user: User) -> SignedInPlace:
    """Return the user's place that the form names. Raises Http404 for any other."""
    place: SignedInPlace = get_row_or_404(user.places.all(), request.POST.get("place", ""))
    return place


def end_place(request: HttpRequest) -> HttpResponse:
    user = own(request)
    place = chosen_place(request, user)
    if place.pk == place_of(request):
        # That is what the log-out does, with all that belongs to it.
        raise Http404
    end_own(user, [place])
    messages.success(request, _("The session has ended: %(device)s.") % {"device": place.device})
    return HttpResponseRedirect(reverse("admin:signed_in_places"))


def end_others(request: HttpRequest) -> HttpResponse:
    user = own(request)
    end_own(user, user.places.exclude(pk=place_of(request)))
    messages.success(request, _("You are signed in here only."))
    return HttpResponseRedirect(reverse("admin:signed_in_places"))


for site in (portal_site, console_site):
    site.add_page("account/places/", places_page, name="signed_in_places", right=None)
    site.add_page(
        "account/places/end/", end_place, name="signed_in_places_end", right=None, method="POST"
    )
    site.add_page(
        "account/places/end-others/",
        end_others,
        name="signed_in_places_end_others",
        right=None,
        method="POST",
    )


def state(request: HttpRequest) -> HttpResponse:
    """Tell a page how its session stands: `{"user": 7, "left_s": 290, "can_stay": true, "csrf"}`.

    `can_stay`: whether activity would prolong it. 401 without one.
    """
    user: Any = request.user
    if isinstance(user, AnonymousUser):
        return JsonResponse({}, status=401)
    session, now = request.session, timezone.now()
    values = {
        "user": user.pk,
        "left_s": session.get_expiry_age(),
        "can_stay": places.could_stay(session, now=now),
        "csrf": get_token(request),
    }
    return JsonResponse(values)


@never_cache
@require_safe
def session_state(request: HttpRequest) -> HttpResponse:
    return state(request)


@never_cache
@require_POST
def session_stay(request: HttpRequest) -> HttpResponse:
    """Let the session live on because its person asked for it."""
    if places.PLACE_KEY in request.session and request.user.is_authenticated:
        places.stay(request, now=timezone.now())
    return state(request)
