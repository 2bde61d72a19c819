"""Pages of a host that need no log-in: brand files, imprint, language, errors."""

from http import HTTPStatus

from django.conf import settings
from django.core.files.base import File
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST, require_safe
from django.views.i18n import set_language as django_set_language

from apps.portal.branding import brand_of_request, hue_of, site_title, version_of
from apps.portal.gates import GateClosed
from apps.portal.marks import mark
from apps.tenants.choices import LegalKind
from apps.tenants.domain.markup import to_html
from apps.tenants.models import Brand
from apps.tenants.selectors import legal_text

DRAW_ONLY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
CONTENT_TYPES = {"svg": "image/svg+xml", "png": "image/png", "ico": "image/x-icon"}
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


def drawn(
    request: HttpRequest, response: HttpResponse | FileResponse
) -> HttpResponse | FileResponse:
    """Let the browser show the file and nothing else.

    It keeps what it got under the brand's version for good, and asks again for all else: with a
    change the version is another one.
    """
    is_versioned = request.GET.get("v") == str(version_of(brand_of_request(request)))
    response.headers["Content-Security-Policy"] = DRAW_ONLY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = FOR_GOOD if is_versioned else ASK_AGAIN
    return response


def file_response(request: HttpRequest, file: File) -> HttpResponse | FileResponse:
    """Answer with a brand file under the type that its checked extension says."""
    try:
        content = file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    extension = str(file.name).rpartition(".")[2]
    content_type = CONTENT_TYPES.get(extension, "application/octet-stream")
    return drawn(request, FileResponse(content, content_type=content_type))


@require_GET
def brand_mark(request: HttpRequest) -> HttpResponse | FileResponse:
    """The small mark: the tenant's own favicon, else ours in the tenant's hue."""
    brand = brand_of_request(request)
    if brand and brand.favicon:
        return file_response(request, brand.favicon)
    drawing = mark(escape(site_title(request)), hue_of(brand))
    return drawn(request, HttpResponse(drawing, content_type="image/svg+xml"))


@require_GET
def brand_logo(request: HttpRequest, name: str = "logo") -> HttpResponse | FileResponse:
    """The tenant's own logo, or the one for dark ground."""
    file = getattr(brand_of_request(request), name, None)
    if not file:
        raise Http404
    return file_response(request, file)


@require_GET
def brand_file(request: HttpRequest, schema_name: str, name: str) -> HttpResponse | FileResponse:
    """A file by its stored name, for the form of the brand; on the console any, else the own."""
    path = f"brands/{schema_name}/{name}"
    own = brand_of_request(request)
    brands = [own] if own else list(Brand.objects.filter(tenant__schema_name=schema_name))
    for brand in brands:
        for file in (getattr(brand, field) for field in Brand.FILES):
            if file and file.name == path:
                return file_response(request, file)
    raise Http404


@require_safe
def legal_page(request: HttpRequest, kind: LegalKind) -> HttpResponse:
    """The tenant's imprint or privacy policy, in the reader's language where there is such a text.

    Where the tenant named an address instead, it leads there.
    """
    brand = brand_of_request(request)
    if url := getattr(brand, f"{kind.value}_url", ""):
        return HttpResponseRedirect(url)
    language = get_language() or settings.LANGUAGE_CODE
    text = legal_text(brand.tenant, kind, language) if brand else None
    context = {
        "kind": kind,
        "text": text,
        "html": mark_safe(to_html(text.text)) if text else "",  # noqa: S308 cleaned there
    }
    status = HTTPStatus.OK if text else HTTPStatus.NOT_FOUND
    response = render(request, "portal/legal.html", context, status=status)
    response.headers["Cache-Control"] = ASK_AGAIN
    return response


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Keep the language in a cookie, and with the account of whoever is logged in."""
    response = django_set_language(request)
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in dict(settings.LANGUAGES):
        request.user.language = language
        request.user.save(update_fields=["language"])
    return response


def error_page(request: HttpRequest, status: HTTPStatus, reason: str = "") -> HttpResponse:
    context = {"status": status.value, "site_title": site_title(request), "reason": reason}
    return render(request, f"portal/errors/{status.value}.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, HTTPStatus.BAD_REQUEST)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, HTTPStatus.NOT_FOUND)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    reason = str(exception) if isinstance(exception, GateClosed) else ""
    return error_page(request, HTTPStatus.FORBIDDEN, reason=reason)


def failed(request: HttpRequest) -> HttpResponse:
    return error_page(request, HTTPStatus.INTERNAL_SERVER_ERROR)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_page(request, HTTPStatus.FORBIDDEN)
