"""The console's pages of hosts: a tenant's own domain is added, proven, made primary, removed."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.admin.of_customers import OfCustomersMixin
from apps.accounts.forms import HostForm
from apps.portal import formats
from apps.portal.admin import PortalModelAdmin
from apps.portal.pages import ObjectUrl
from apps.portal.site import console_site
from apps.tenants.choices import CHECK_FAILURE_LABELS
from apps.tenants.domain.hosts import CheckFailure, readable
from apps.tenants.models import Host
from apps.tenants.services import hosts

NO_SAVING = {
    "show_save": False,
    "show_save_and_continue": False,
    "show_save_and_add_another": False,
}


@admin.register(Host, site=console_site)
class HostAdmin(OfCustomersMixin, PortalModelAdmin):
    """A host never changes its name or its tenant: it is removed, and another one added."""

    list_display = ("domain", "tenant", "primary", "state")
    search_fields = ("domain", "tenant__name")
    ordering = ("domain",)
    form = HostForm
    can_delete = True
    actions = None

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ("domain", "tenant")
        return ("domain", "spelling", "tenant", "primary", "state", "proven_text", "last_check")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else self.get_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: Host, form: Any, change: bool) -> None:
        if change:
            return
        made = hosts.add_host(obj.tenant, obj.domain)
        obj.pk = made.pk
        obj._state.adding = False
        messages.info(
            request,
            _("Let the name lead to this platform in DNS, then check it on the page of the host."),
        )

    def delete_model(self, request: HttpRequest, obj: Host) -> None:
        hosts.remove_host(obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if kwargs.get("obj") is not None:
            context |= NO_SAVING
        return super().render_change_form(request, context, *args, **kwargs)

    def object_urls(self) -> list[ObjectUrl]:
        return [
            ObjectUrl(
                "check", "check", self.check_view, "change", label=_("Check now"), icon="dns"
            ),
            ObjectUrl(
                "vouch",
                "vouch",
                self.vouch_view,
                "change",
                label=_("Use without a check"),
                icon="verified_user",
                confirm=_("Does this name belong to the tenant, and does it lead here?"),
                is_shown=lambda _request, host: host.proven_at is None,
            ),
            ObjectUrl(
                "primary",
                "primary",
                self.primary_view,
                "change",
                label=_("Make primary"),
                icon="star",
                is_shown=lambda _request, host: bool(host.proven_at) and not host.is_primary,
            ),
        ]

    def check_view(self, request: HttpRequest, host: Host) -> HttpResponse:
        if hosts.check_host(host, now=timezone.now()):
            messages.success(request, _("%(host)s leads here.") % {"host": host})
        else:
            host.refresh_from_db()
            messages.error(request, CHECK_FAILURE_LABELS[CheckFailure(host.check_failure)])
        return self.to_host(host)

    def vouch_view(self, request: HttpRequest, host: Host) -> HttpResponse:
        user: Any = request.user
        hosts.vouch_for_host(host, by=user.email, now=timezone.now())
        messages.success(request, _("%(host)s leads to the portal.") % {"host": host})
        return self.to_host(host)

    def primary_view(self, request: HttpRequest, host: Host) -> HttpResponse:
        hosts.make_primary(host)
        messages.success(request, _("Links in mails name %(host)s from now on.") % {"host": host})
        return self.to_host(host)

    def to_host(self, host: Host) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:tenants_host_change", args=[host.pk]))

    @admin.display(description=_("primary"), boolean=True, ordering="is_primary")
    def primary(self, host: Host) -> bool:
        return host.is_primary

    @admin.display(description=_("state"))
    def state(self, host: Host) -> Any:
        return _("Leads to the portal") if host.proven_at else _("Waits for its proof")

    @admin.display(description=_("spelling"))
    def spelling(self, host: Host) -> str:
        return readable(host.domain)

    @admin.display(description=_("proven"))
    def proven_text(self, host: Host) -> Any:
        moment = formats.moment(host.proven_at, "short")
        if not host.proven_by:
            return moment
        words = {"moment": moment, "person": host.proven_by}
        return _("%(moment)s, by the word of %(person)s") % words

    @admin.display(description=_("last check"))
    def last_check(self, host: Host) -> Any:
        if host.checked_at is None:
            return formats.NOTHING
        label = (
            CHECK_FAILURE_LABELS[CheckFailure(host.check_failure)]
            if host.check_failure
            else _("It leads here.")
        )
        return f"{formats.moment(host.checked_at, 'short')}: {label}"
