"""The history of one object: its entries of the trail, and those of what is part of it."""

from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from apps.audit.models import Entry
from apps.portal.keyset import keyset_page
from apps.portal.rendering import render_page
from apps.portal.trail.wording import row_of

VIEW = "audit.view_entry"


def history_page(request: HttpRequest, site: Any, obj: Model) -> TemplateResponse:
    """Show who changed the object when; addresses only to whoever may read the trail.

    The caller has checked that the person may see the object.
    """
    entries = Entry.objects.about(obj).at_locations_of(request.user)
    page = keyset_page(entries, "happened_at", before=request.GET.get("before", ""))
    context = {
        "object": obj,
        "page": page,
        "rows": [row_of(entry, request.user) for entry in page.rows],
        "own_model": obj._meta.label_lower,
        "is_history": True,
        "shows_places": request.user.has_perm(VIEW),
    }
    return render_page(
        request,
        "portal/trail/history.html",
        context,
        title=_("History"),
        model=type(obj),
        row=obj,
        site=site,
    )
