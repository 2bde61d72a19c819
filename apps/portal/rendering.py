"""Our own pages inside the theme, and the parts of them that a browser fetches again."""

from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.functional import Promise

from apps.portal.site import PortalSite, portal_site


def render_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    title: str | Promise,
    model: type[Model] | None = None,
    row: Model | None = None,
    site: PortalSite = portal_site,
) -> TemplateResponse:
    """Return a page in the site's frame; `model` and `row` make the path in its head."""
    request.current_app = site.name  # type: ignore[attr-defined]
    frame: dict[str, Any] = {
        **site.each_context(request),
        "title": title,
        "is_fullwidth": 1,
        "inline_admin_formsets": [],
        "row": row,
    }
    if model is not None:
        frame["opts"] = model._meta
    if row is not None:
        frame["original"] = row
    return TemplateResponse(request, template, {**frame, **context})


def fragment_name(request: HttpRequest) -> str:
    """Return the part of the page that the browser asks for; "" for the whole page."""
    return request.GET.get("fragment", "") if request.method == "GET" else ""


def render_fragment(
    request: HttpRequest, template: str, context: dict[str, Any]
) -> TemplateResponse:
    """Return a part of a page, without the frame; never kept by a cache."""
    response = TemplateResponse(request, template, context)
    response.headers["Cache-Control"] = "no-store"
    return response
