"""The page on which a tenant's admin edits the own brand."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from apps.core.schemas import current_schema
from apps.portal.brand_form import BrandForm
from apps.portal.site import portal_site
from apps.tenants.models import Brand


def branding(request: HttpRequest) -> HttpResponse:
    """Show and save the brand of the host's own tenant, never of another one."""
    brand = (
        Brand.objects.select_related("tenant").filter(tenant__schema_name=current_schema()).first()
    )
    if brand is None:
        raise Http404
    form = BrandForm(request.POST or None, request.FILES or None, instance=brand)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The brand was saved."))
        return HttpResponseRedirect(request.path)
    context = {
        **portal_site.each_context(request),
        "title": _("Branding"),
        "form": form,
        "preview_name": brand.product_name,
    }
    return TemplateResponse(request, "portal/branding.html", context)


portal_site.add_page(
    "branding/", branding, name="branding", right="tenants.change_brand", method="GET,POST"
)
