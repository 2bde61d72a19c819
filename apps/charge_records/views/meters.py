"""Meters on the page of their charge point: master data, and keys that the station offers."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.charge_records.domain.offers import OfferState
from apps.charge_records.models import OfferedKey
from apps.charge_records.selectors.calibration import fingerprint_of, is_in_use, meters_of
from apps.charge_records.services.offers import confirm_key, dismiss_key
from apps.infrastructure.models import ChargePoint, Meter
from apps.portal.badges import BAD, GOOD, QUIET, Badge
from apps.portal.scope import visible_rows

METERS_SHOWN = 10

IN_USE = Badge(_("In use"), "check_circle", GOOD)
NOT_IN_USE = Badge(_("Not in use"), "remove", QUIET)
KEY_KEPT = Badge(_("Key kept"), "key", GOOD)
NO_KEY = Badge(_("No key"), "key_off", QUIET)
KEY_UNREADABLE = Badge(_("Key cannot be read"), "error", BAD)


def meters_panel(request: HttpRequest, point: ChargePoint) -> dict[str, Any]:
    """Return the meters of a charge point and the keys that wait for somebody to confirm them."""
    now = timezone.now()
    offers = OfferedKey.objects.filter(charge_point=point, state=OfferState.OPEN.value)
    return {
        "meters": [
            (meter, IN_USE if is_in_use(meter, now) else NOT_IN_USE, key_badge(meter))
            for meter in meters_of([point.pk])[:METERS_SHOWN]
        ],
        "offers": list(offers.order_by("-last_seen_at", "-pk")),
        "can_add": request.user.has_perm("infrastructure.add_meter"),
        "can_change": request.user.has_perm("infrastructure.change_meter"),
    }


def key_badge(meter: Meter) -> Badge:
    if not meter.public_key.strip():
        return NO_KEY
    return KEY_KEPT if fingerprint_of(meter.public_key) else KEY_UNREADABLE


def answer_offer(request: HttpRequest) -> HttpResponse:
    """Confirm or dismiss an offered key, as the button says. A foreign one is not found."""
    key = request.POST.get("offer", "")
    points = visible_rows(ChargePoint, request.user, "view")
    offer = (
        OfferedKey.objects.filter(charge_point__in=points, pk=int(key)).first()
        if key.isascii() and key.isdigit() and len(key) < 19
        else None
    )
    if offer is None:
        raise Http404
    if "dismiss" in request.POST:
        dismiss_key(offer, request.user)
        messages.info(request, _("The key is not offered any more."))
    else:
        confirm_key(offer, request.user)
        messages.success(
            request,
            _("The key is kept with the meter. Sessions that could not be verified are checked."),
        )
    url = reverse("admin:infrastructure_chargepoint_change", args=[offer.charge_point_id])
    return HttpResponseRedirect(url)
