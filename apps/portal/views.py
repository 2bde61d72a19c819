"""Pages of a host that need no log-in: brand files, language, errors."""

import mimetypes
from http import HTTPStatus

from django.conf import settings
from django.core.files.base import File
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.views.decorators.http import require_GET, require_POST
from django.views.i18n import set_language as django_set_language

from apps.portal.branding import brand_of_request, hue_of, site_title
from apps.portal.marks import mark
from apps.tenants.models import Brand

DRAW_ONLY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
A_DAY = "public, max-age=86400"


def drawn(response: HttpResponse | FileResponse) -> HttpResponse | FileResponse:
    """Let the browser show the file and nothing else."""
    response.headers["Content-Security-Policy"] = DRAW_ONLY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = A_DAY
    return response


def file_response(file: File) -> HttpResponse | FileResponse:
    """Answer with a brand file under the type that its checked extension says."""
    try:
        content = file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    content_type = mimetypes.guess_type(str(file.name))[0] or "application/octet-stream"
    return drawn(FileResponse(content, content_type=content_type))


@require_GET
def brand_mark(request: HttpRequest) -> HttpResponse | FileResponse:
    """The small mark: the tenant's own favicon, else ours in the tenant's hue."""
    brand = brand_of_request(request)
    if brand and brand.favicon:
        return file_response(brand.favicon)
    drawing = mark(escape(site_title(request)), hue_of(brand))
    return drawn(HttpResponse(drawing, content_type="image/svg+xml"))


@require_GET
def brand_logo(request: HttpRequest) -> HttpResponse | FileResponse:
    brand = brand_of_request(request)
    if not brand or not brand.logo:
        raise Http404
    return file_response(brand.logo)


@require_GET
def brand_file(request: HttpRequest, schema_name: str, name: str) -> HttpResponse | FileResponse:
    """A file by its stored name, for the form of the brand; on the console any, else the own."""
    path = f"brands/{schema_name}/{name}"
    own = brand_of_request(request)
    brands = [own] if own else list(Brand.objects.filter(tenant__schema_name=schema_name))
    for brand in brands:
        for file in (brand.logo, brand.favicon):
            if file and file.name == path:
                return file_response(file)
    raise Http404


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Keep the language in a cookie, and with the account of whoever is logged in."""
    response = django_set_language(request)
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in dict(settings.LANGUAGES):
        request.user.language = language
        request.user.save(update_fields=["language"])
    return response


def error_page(request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    context = {"status": status.value, "site_title": site_title(request)}
    return render(request, f"portal/errors/{status.value}.html", context, status=status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, HTTPStatus.NOT_FOUND)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, HTTPStatus.FORBIDDEN)


def failed(request: HttpRequest) -> HttpResponse:
    return error_page(request, HTTPStatus.INTERNAL_SERVER_ERROR)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_page(request, HTTPStatus.FORBIDDEN)
