"""What a tenant demands of its stations' passwords and certificates, and who signs those."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.infrastructure.choices import AUTHORITY_KEY_BADGE
from apps.infrastructure.domain.security import UNDELIVERED
from apps.infrastructure.domain.signing import end_of
from apps.infrastructure.filters import CertificateEndFilter
from apps.infrastructure.forms.security import AuthorityForm
from apps.infrastructure.models import CertificateAuthority, SecurityPolicy, StationCertificate
from apps.infrastructure.selectors import certificates as selectors
from apps.infrastructure.services.authorities import is_key_lost
from apps.infrastructure.services.certificates import is_revocable
from apps.infrastructure.views import certificates as views
from apps.portal import formats
from apps.portal.admin import PortalModelAdmin, ReadOnlyModelAdmin
from apps.portal.pages import ListUrl, ObjectUrl
from apps.portal.scope import has_right
from apps.portal.site import portal_site

CELL = "infrastructure/parts/cell.html"
# Badges stand on the theme's own pages here.
PAGES_CSS = {"all": ["portal/pages.css"]}


@admin.register(SecurityPolicy, site=portal_site)
class SecurityPolicyAdmin(PortalModelAdmin):
    """One row at most; without it the defaults hold."""

    list_display = ["name_column", "shortest_password", "operator_name", "updated_at"]
    fields = ["shortest_password", "operator_name"]

    @display(description=_("security policy"))
    def name_column(self, policy: SecurityPolicy) -> str:
        return str(policy)

    def has_add_permission(self, request: HttpRequest) -> bool:  # type: ignore[override]
        return super().has_add_permission(request) and not SecurityPolicy.objects.exists()


@admin.register(CertificateAuthority, site=portal_site)
class CertificateAuthorityAdmin(PortalModelAdmin):
    """Authorities whose certificates let stations of profile 3 in; one of our own may sign."""

    form = AuthorityForm
    list_display = ["name", "state_column", "end_column", "updated_at"]
    list_filter = ["is_trusted"]
    list_before_template = "infrastructure/parts/authorities_before.html"

    class Media:
        css = PAGES_CSS

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None or not obj.is_own:
            return ["name", "certificate", "revocation_list", "is_trusted"]
        return [
            "name", "certificate_days", "state_column", "end_column", "certificate_column",
            "list_column",
        ]  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None or not obj.is_own:
            return []
        return ["state_column", "end_column", "certificate_column", "list_column"]

    def list_urls(self) -> list[ListUrl]:
        page = ListUrl("own", "own", views.own_authority_page, "add", method="GET,POST")
        return [*super().list_urls(), page]

    def object_urls(self) -> list[ObjectUrl]:
        return [
            ObjectUrl("file", "file", views.authority_file, "view", "GET"),
            ObjectUrl("list-file", "list_file", views.list_file, "view", "GET"),
            ObjectUrl(
                "start-signing",
                "start_signing",
                views.start_signing,
                "change",
                label=_("Let it sign"),
                icon="draw",
                confirm=_("Let this authority sign the requests of all stations from now on?"),
                is_shown=lambda request, row: bool(row.private_key_sealed) and not row.is_signing,
            ),
            ObjectUrl(
                "stop-signing",
                "stop_signing",
                views.stop_signing,
                "change",
                label=_("Stop signing"),
                icon="pause_circle",
                confirm=_("Let nobody sign here? Requests then wait for somebody outside."),
                is_shown=lambda request, row: row.is_signing,
            ),
            ObjectUrl(
                "withdraw",
                "withdraw",
                views.withdraw,
                "change",
                label=_("Withdraw"),
                icon="block",
                confirm=_(
                    "Withdraw this authority for good? Its key is destroyed, and stations with a "
                    "certificate of it are refused at their next connect."
                ),
                is_shown=lambda request, row: bool(row.private_key_sealed),
            ),
        ]

    def object_buttons(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        links = [link("infrastructure_certificateauthority_file", obj, _("Download certificate"))]
        if obj.revocation_list:
            name = "infrastructure_certificateauthority_list_file"
            links.append(link(name, obj, _("Download revocation list")))
        return [*links, *super().object_buttons(request, obj)]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        signing = selectors.signing_authority()
        context = {
            "signing": signing,
            "signs_until": end_of(signing.certificate) if signing else None,
            "has_trusted": selectors.has_trusted_authority(),
            "may_add": self.has_add_permission(request),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    @display(description=_("state"))
    def state_column(self, authority: CertificateAuthority) -> str:
        badges = selectors.authority_badges(authority, now=timezone.now())
        if is_key_lost(authority):
            badges.append(AUTHORITY_KEY_BADGE)
        return render_to_string(CELL, {"badges": badges})

    @display(description=_("valid until"))
    def end_column(self, authority: CertificateAuthority) -> str:
        return formats.moment(end_of(authority.certificate), "short")

    @display(description=_("certificate"))
    def certificate_column(self, authority: CertificateAuthority) -> str:
        return long_text(authority.certificate)

    @display(description=_("revocation list"))
    def list_column(self, authority: CertificateAuthority) -> str:
        return long_text(authority.revocation_list)


@admin.register(StationCertificate, site=portal_site)
class StationCertificateAdmin(ReadOnlyModelAdmin):
    """What stations asked for and were given, newest first; revoked and sent again from here."""

    list_display = [
        "station", "state_column", "end_column", "authority", "requested_at",
    ]  # fmt: skip
    list_filter = [CertificateEndFilter, "state", "station__location"]
    list_select_related = ["station", "authority"]
    search_fields = ["station__charge_box_id", "station__name", "serial_number", "fingerprint"]
    fieldsets = [
        (None, {"fields": ["station", "state_column", "origin", "requested_by", "requested_at"]}),
        (
            _("Certificate"),
            {
                "fields": [
                    "authority",
                    "serial_number",
                    "subject",
                    "fingerprint_column",
                    "valid_from",
                    "end_column",
                    "signed_at",
                    "chain_column",
                ]
            },
        ),
        (
            _("Course"),
            {
                "fields": [
                    "command",
                    "answered_at",
                    "renewal_asked_at",
                    "revoked_at",
                    "request_column",
                ]
            },
        ),
    ]
    readonly_fields = [
        "state_column", "end_column", "fingerprint_column", "chain_column", "request_column",
    ]  # fmt: skip

    class Media:
        css = PAGES_CSS

    def has_secure_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_right(request, StationCertificate, "secure")

    def object_urls(self) -> list[ObjectUrl]:
        return [
            ObjectUrl("request", "request_file", views.request_file, "view", "GET"),
            ObjectUrl("file", "file", views.chain_file, "view", "GET"),
            ObjectUrl(
                "send-again",
                "send_again",
                views.send_again,
                "secure",
                label=_("Send again"),
                icon="send",
                is_shown=lambda request, row: row.state in UNDELIVERED,
            ),
            ObjectUrl(
                "revoke",
                "revoke",
                views.revoke,
                "secure",
                label=_("Revoke"),
                icon="block",
                confirm=_(
                    "Revoke this certificate for good? The station is refused with it at its next "
                    "connect."
                ),
                is_shown=lambda request, row: is_revocable(row, now=timezone.now()),
            ),
        ]

    def object_buttons(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        links = []
        if obj.chain:
            links.append(
                link("infrastructure_stationcertificate_file", obj, _("Download certificate"))
            )
        if obj.request:
            name = "infrastructure_stationcertificate_request_file"
            links.append(link(name, obj, _("Download request")))
        return [*links, *super().object_buttons(request, obj)]

    @display(description=_("state"), ordering="state")
    def state_column(self, row: StationCertificate) -> str:
        badge = selectors.certificate_badge(row, now=timezone.now())
        return render_to_string(CELL, {"badges": [badge]})

    @display(description=_("valid until"), ordering="valid_until")
    def end_column(self, row: StationCertificate) -> str:
        end: datetime | None = row.valid_until
        return formats.moment(end, "short")

    @display(description=_("SHA-256 fingerprint"))
    def fingerprint_column(self, row: StationCertificate) -> str:
        return long_text(row.fingerprint)

    @display(description=_("certificate"))
    def chain_column(self, row: StationCertificate) -> str:
        return long_text(row.chain)

    @display(description=_("certificate request"))
    def request_column(self, row: StationCertificate) -> str:
        return long_text(row.request)


def long_text(text: str) -> str:
    """Return a text without blanks that breaks anywhere, line by line; "–" for nothing."""
    if not text:
        return formats.NOTHING
    lines = format_html_join(mark_safe("<br>"), "{}", ((line,) for line in text.splitlines()))
    return format_html('<span class="cy-mono">{}</span>', lines)


def link(name: str, obj: Any, label: Any) -> dict[str, Any]:
    """Return a button that fetches a file."""
    url = reverse(f"admin:{name}", args=[obj.pk])
    return {"url": url, "label": label, "icon": "download", "is_link": True}
