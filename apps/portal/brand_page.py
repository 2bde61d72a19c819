"""The pages on which a tenant's admin edits the own brand and the own legal texts."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from apps.core.schemas import current_schema
from apps.portal.brand_form import CONTACT, LEGAL, LOOK, MAILS, BrandForm, LegalTextForm
from apps.portal.brand_preview import preview
from apps.portal.site import portal_site
from apps.tenants.choices import LegalKind
from apps.tenants.domain.markup import to_html
from apps.tenants.models import Brand, LegalText
from apps.tenants.services.brands import save_brand, save_legal_text


def own_brand() -> Brand:
    """Return the brand of the host's own tenant, never of another one. Raises Http404."""
    brands = Brand.objects.select_related("tenant")
    brand = brands.filter(tenant__schema_name=current_schema()).first()
    if brand is None:
        raise Http404
    return brand


def branding(request: HttpRequest) -> HttpResponse:
    """Show and save the brand, with a preview of it."""
    brand = own_brand()
    form = BrandForm(request.POST or None, request.FILES or None, instance=brand)
    if request.method == "POST" and form.is_valid():
        save_brand(form.save(commit=False))
        form.tell_removed(request)
        messages.success(request, _("The brand was saved."))
        return HttpResponseRedirect(request.path)
    context = {
        **portal_site.each_context(request),
        "title": _("Branding"),
        "form": form,
        "is_fullwidth": "1",
        "look": [form[name] for name in LOOK],
        "sections": [
            (_("Support contact"), [form[name] for name in CONTACT]),
            (_("Mails"), [form[name] for name in MAILS]),
            (_("Imprint and privacy"), [form[name] for name in LEGAL]),
        ],
        "texts": [texts_of(brand, kind) for kind in LegalKind],
        "preview": preview(Brand.objects.get(pk=brand.pk)),
    }
    return TemplateResponse(request, "portal/branding.html", context)


@dataclass(frozen=True, slots=True)
class LanguageLink:
    """A language in which there is a text or may be one."""

    name: str
    code: str
    url: str
    is_there: bool
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class TextsOfKind:
    kind: LegalKind
    languages: list[LanguageLink]


def texts_of(brand: Brand, kind: LegalKind, current: str = "") -> TextsOfKind:
    """Return in which languages there is an own text, each with the way to it."""
    there = brand.own_texts.get(kind.value, [])
    base = reverse("admin:branding_text")
    return TextsOfKind(
        kind,
        [
            LanguageLink(
                name=str(name),
                code=code,
                url=f"{base}?kind={kind.value}&language={code}",
                is_there=code in there,
                is_current=code == current,
            )
            for code, name in settings.LANGUAGES
        ],
    )


def branding_text(request: HttpRequest) -> HttpResponse:
    """Show and save one legal text in one language; the query says which."""
    brand = own_brand()
    kind, language = asked_text(request, brand)
    rows = LegalText.objects.filter(tenant=brand.tenant, kind=kind, language=language)
    kept = rows.values_list("text", flat=True).first() or ""
    form = LegalTextForm(request.POST or None, initial={"text": kept})
    text = kept
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        if "preview" not in request.POST:
            save_legal_text(brand, kind, language, text)
            messages.success(request, _("The text was saved."))
            return HttpResponseRedirect(request.get_full_path())
    context: dict[str, Any] = {
        **portal_site.each_context(request),
        "title": f"{kind.label}: {dict(settings.LANGUAGES)[language]}",
        "form": form,
        "is_fullwidth": "1",
        "kind": kind,
        "language": language,
        "texts": texts_of(brand, kind, language),
        "html": mark_safe(to_html(text)),  # noqa: S308 cleaned there
        "takes_place": getattr(brand, f"{kind.value}_url"),
        "public_url": reverse(kind.value),
    }
    return TemplateResponse(request, "portal/branding_text.html", context)


def asked_text(request: HttpRequest, brand: Brand) -> tuple[LegalKind, str]:
    """Return kind and language that the query names. Raises Http404 for what there is none of."""
    kind = request.GET.get("kind", LegalKind.IMPRINT.value)
    language = request.GET.get("language", brand.tenant.default_language)
    if kind not in LegalKind.values or language not in dict(settings.LANGUAGES):
        raise Http404
    return LegalKind(kind), language


portal_site.add_page(
    "branding/", branding, name="branding", right="tenants.change_brand", method="GET,POST"
)
portal_site.add_page(
    "branding/text/",
    branding_text,
    name="branding_text",
    right="tenants.change_brand",
    method="GET,POST",
)
