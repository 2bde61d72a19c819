"""Identity providers for single sign-on: chosen by who holds all rights of an admin (ACC-08)."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import FAULT_LABELS
from apps.accounts.forms.sign_on import ProviderForm
from apps.accounts.models import IdentityProvider
from apps.accounts.selectors import is_limited
from apps.accounts.services.providers import (
    delete_provider,
    may_configure,
    save_provider,
    try_provider,
)
from apps.core.addresses import base_url
from apps.portal.admin import PortalModelAdmin
from apps.portal.pages import ObjectUrl
from apps.portal.rendering import render_page
from apps.portal.site import portal_site
from apps.portal.trail.wording import register_values

register_values("reason", FAULT_LABELS)


@admin.register(IdentityProvider, site=portal_site)
class IdentityProviderAdmin(PortalModelAdmin):
    """The client secret goes in and never comes out."""

    list_display = ("button_label", "issuer", "is_enabled", "creates_users", "password_for")
    search_fields = ("button_label", "issuer")
    ordering = ("button_label",)
    form = ProviderForm
    can_delete = True
    actions = None
    provider = ("button_label", "issuer", "client_id", "client_secret", "forgets_secret")
    people = ("domains", "trusts_emails", "creates_users", "default_groups")
    shown = ("button_label", "issuer", "client_id", "is_enabled", "password_for", "updated_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[IdentityProvider]:
        rows = super().get_queryset(request)
        return rows.none() if is_limited(request.user) else rows

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_limited(request.user) and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:  # type: ignore[override]
        return super().has_add_permission(request) and self.may_configure(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self.may_configure(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self.may_configure(request)

    def may_configure(self, request: HttpRequest) -> bool:
        return not is_limited(request.user) and may_configure(request.user)  # type: ignore[arg-type]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return ((None, {"fields": self.shown}),)
        provider: dict[str, Any] = {"fields": (*self.provider, "is_enabled")}
        if obj is not None:
            address = {"address": callback_url(request, obj.pk)}
            provider["description"] = _("Callback address for the provider: %(address)s") % address
        groups = {"fields": ("groups_claim", "mappings")}
        return (
            (_("Provider"), provider),
            (_("People"), {"fields": self.people}),
            (_("Groups"), groups),
            (_("Password"), {"fields": ("password_for",)}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("updated_at",)

    def save_model(
        self, request: HttpRequest, obj: IdentityProvider, form: Any, change: bool
    ) -> None:
        values = form.cleaned_data
        save_provider(
            request.user,  # type: ignore[arg-type]
            obj,
            secret=form.secret(),
            mappings=values["mappings"],
            default_groups=values["default_groups"],
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Groups were saved with the provider."""

    def delete_model(self, request: HttpRequest, obj: IdentityProvider) -> None:
        delete_provider(request.user, obj)  # type: ignore[arg-type]

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the page with the callback address, which the provider has to be told."""
        messages.success(request, _("Now tell the provider the callback address, then try it."))
        return HttpResponseRedirect(reverse(f"admin:{self.url_name('change')}", args=[obj.pk]))

    def object_urls(self) -> list[ObjectUrl]:
        return [
            ObjectUrl("try", "try", self.try_it, "change", label=_("Try it"), icon="network_check"),
        ]

    def try_it(self, request: HttpRequest, provider: IdentityProvider) -> HttpResponse:
        context = {
            "findings": try_provider(provider),
            "provider": provider,
            "callback": callback_url(request, provider.pk),
        }
        title = _("Try %(provider)s") % {"provider": provider}
        return render_page(
            request,
            "accounts/provider_findings.html",
            context,
            title=title,
            model=IdentityProvider,
            row=provider,
        )

    @admin.display(description=_("callback address"))
    def callback_address(self, provider: IdentityProvider) -> str:
        """Show the address for the host by which the reader came."""
        path = reverse("sign_on_callback", args=[provider.pk])
        return format_html("<code>…{}</code> ({})", path, _("after the host name of the portal"))


def callback_url(request: HttpRequest, provider_id: int) -> str:
    """Return the address to which the provider sends the browser back."""
    return base_url(request) + reverse("sign_on_callback", args=[provider_id])
