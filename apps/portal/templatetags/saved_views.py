"""The bar of saved views above a list."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.http import HttpRequest

from apps.portal import saved_views as views

register = template.Library()


@register.inclusion_tag("portal/parts/saved_views.html", takes_context=True)
def saved_views(context: Any, page: str, columns: Sequence[str] = ()) -> dict[str, Any]:
    """Show the views of the list `page` that the person has; `columns`: ids of those shown."""
    request: HttpRequest = context["request"]
    listing = views.listing_for(request.user, page)
    query = views.kept_query(request.GET, columns)
    found = views.views_for(request.user, listing)
    choice = views.choice_of(request.user, listing)
    return {
        "request": request,
        "page": page,
        "url": listing.url,
        "query": query,
        "views": found,
        "open_view": next((view for view in found if view.query == query), None),
        "first_id": choice.first_view_id if choice else None,
        "without_view": views.WITHOUT_VIEW,
        "can_share": request.user.has_perm(views.RIGHT_TO_SHARE),
    }
