"""The platform console: tenants, hosts, brands, bookings, gateways, operators (public schema)."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.admin.of_customers import OfCustomersMixin
from apps.accounts.admin.tenant_life import life_links, life_urls
from apps.accounts.admin.tenant_people import people_urls
from apps.accounts.admin.user_factors import FactorsMixin
from apps.accounts.forms import OperatorAddForm, TenantAddForm, TenantForm
from apps.accounts.models import User
from apps.accounts.selectors import with_factors
from apps.accounts.services.places import end_all
from apps.accounts.services.tenants import NewTenant, provision_tenant
from apps.core.addresses import base_url
from apps.portal import search
from apps.portal.admin import PortalModelAdmin, ReadOnlyModelAdmin
from apps.portal.brand_form import BrandForm
from apps.portal.brand_preview import preview
from apps.portal.pages import ObjectUrl
from apps.portal.site import console_site
from apps.tenants.choices import BOOKING_STATE_LABELS, TenantKind
from apps.tenants.models import BookedProduct, Brand, GatewayProcess, Tenant
from apps.tenants.services.brands import save_brand


@admin.register(Tenant, site=console_site)
class TenantAdmin(PortalModelAdmin):
    """A new tenant gets host, brand, products and its first admin in one step."""

    list_display = ("name", "schema_name", "host_names", "country", "is_suspended", "created_at")
    list_filter = ("is_suspended", "country")
    search_fields = ("schema_name", "name", "domains__domain")
    ordering = ("schema_name",)
    form = TenantForm
    add_fieldsets = (
        (_("Tenant"), {"fields": ("schema_name", "name", "host", "hue", "products")}),
        (_("Defaults"), {"fields": ("country", "default_language", "time_zone")}),
        (_("First admin"), {"fields": ("admin_first_name", "admin_last_name", "admin_email")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        rows = super().get_queryset(request).filter(kind=TenantKind.CUSTOMER)
        return rows.prefetch_related("domains")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs["form"] = TenantAddForm
        return super().get_form(request, obj, change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("schema_name", "is_suspended")

    def save_model(self, request: HttpRequest, obj: Tenant, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        values = form.cleaned_data
        names = ("country", "default_language", "time_zone")
        tenant = provision_tenant(
            NewTenant(
                short_name=values["schema_name"],
                name=values["name"],
                host=values["host"],
                hue=values["hue"],
                products=tuple(values["products"]),
                admin_email=values["admin_email"],
                admin_first_name=values["admin_first_name"],
                admin_last_name=values["admin_last_name"],
                fields={name: values[name] for name in names},
            ),
            base_url=base_url(request, host=values["host"]),
            today=timezone.localdate(),
            now=timezone.now(),
        )
        obj.pk = tenant.pk
        obj._state.adding = False
        text = _("An invitation is on its way to %(email)s.") % {"email": values["admin_email"]}
        messages.success(request, text)

    def object_urls(self) -> list[ObjectUrl]:
        return [*people_urls(), *life_urls()]

    def object_buttons(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        url = reverse(f"admin:{self.url_name('people')}", args=[obj.pk])
        people = {"url": url, "label": _("People"), "icon": "group", "is_link": True}
        return [*super().object_buttons(request, obj), people, *life_links(obj)]

    @admin.display(description=_("hosts"))
    def host_names(self, tenant: Tenant) -> str:
        return ", ".join(host.domain for host in tenant.domains.all())


@admin.register(Brand, site=console_site)
class BrandAdmin(OfCustomersMixin, PortalModelAdmin):
    list_display = ("product_name", "tenant", "swatch")
    search_fields = ("product_name", "tenant__name")
    ordering = ("tenant__name",)
    form = BrandForm
    fields = ("tenant", *BrandForm.Meta.fields)
    change_form_after_template = "portal/brand_preview.html"

    def has_add_permission(self, request: HttpRequest) -> bool:  # type: ignore[override]
        """A brand is made with its tenant."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("tenant",)

    def save_model(self, request: HttpRequest, obj: Brand, form: Any, change: bool) -> None:
        save_brand(obj)
        form.tell_removed(request)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        brand = kwargs.get("obj")
        if brand is not None:
            saved = Brand.objects.get(pk=brand.pk)
            context |= {"preview": preview(saved), "tenant_name": brand.tenant.name}
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("hue"), ordering="hue")
    def swatch(self, brand: Brand) -> str:
        return render_to_string("portal/swatch.html", {"brand": brand})


@admin.register(BookedProduct, site=console_site)
class BookedProductAdmin(OfCustomersMixin, PortalModelAdmin):
    list_display = ("tenant", "product", "starts_on", "ends_on", "station_limit", "state")
    list_filter = ("product", "tenant")
    ordering = ("tenant__name", "product", "starts_on")
    fields = ("tenant", "product", "starts_on", "ends_on", "station_limit")

    @admin.display(description=_("state"))
    def state(self, booking: BookedProduct) -> str:
        return str(BOOKING_STATE_LABELS[booking.state_on(timezone.localdate())])


@admin.register(GatewayProcess, site=console_site)
class GatewayAdmin(ReadOnlyModelAdmin):
    list_display = ("gateway_id", "started_at", "beat_at", "connections")
    ordering = ("gateway_id",)


@admin.register(User, site=console_site)
class OperatorAdmin(FactorsMixin, PortalModelAdmin):
    """Operators of the platform may do everything in the console and nothing in a portal."""

    list_display = ("email", "first_name", "last_name", "is_active", "second_factor", "last_login")
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email",)
    fields = ("email", "first_name", "last_name", "is_active", "second_factor_text")
    add_fieldsets = (
        (None, {"fields": ("email", "first_name", "last_name", "password1", "password2")}),
    )

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs["form"] = OperatorAddForm
        return super().get_form(request, obj, change, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return with_factors(super().get_queryset(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("email", "second_factor_text")

    def object_urls(self) -> list[ObjectUrl]:
        return [*super().object_urls(), *self.factor_urls()]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj != request.user and super().has_change_permission(request, obj)

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.is_superuser = True
            obj.email = obj.email.strip().lower()
            obj.set_password(form.cleaned_data["password1"])
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            end_all(obj)


search.register_for_console(
    search.ModelSource(
        Tenant,
        exact=("schema_name",),
        contains=("schema_name", "name"),
        icon="domain",
        describe=lambda tenant: tenant.schema_name,
    )
)
