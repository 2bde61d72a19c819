"""The history of one object: its entries of the trail, and those of what is part of it."""

from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from apps.audit.models import Entry
from apps.portal.keyset import keyset_page
from apps.portal.trail.wording import row_of

VIEW = "audit.view_entry"


def history_page(request: HttpRequest, site: Any, obj: Model) -> TemplateResponse:
    """Show who changed the object when; addresses only to whoever may read the trail.

    The caller has checked that the person may see the object.
    """
    entries = Entry.objects.about(obj).at_locations_of(request.user)
    page = keyset_page(entries, "happened_at", before=request.GET.get("before", ""))
    request.current_app = site.name  # type: ignore[attr-defined]
    context = {
        **site.each_context(request),
        "title": _("History"),
        "opts": obj._meta,
        "original": obj,
        "object": obj,
        "is_fullwidth": 1,
        "inline_admin_formsets": [],
        "page": page,
        "rows": [row_of(entry, request.user) for entry in page.rows],
        "own_model": obj._meta.label_lower,
        "is_history": True,
        "shows_places": request.user.has_perm(VIEW),
    }
    return TemplateResponse(request, "portal/trail/history.html", context)
