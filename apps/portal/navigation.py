"""The sidebar: groups of pages, each shown only to whoever may open it.

Pages of higher rooms are named by their URL; a page that does not exist (yet) is left out.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.tenants.choices import TenantKind


@dataclass(frozen=True, slots=True)
class Item:
    """A page; the first of `url_names` that exists is linked. `right` None: for everybody."""

    title: str | Promise
    icon: str
    url_names: tuple[str, ...]
    right: str | None = None
    second_right: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    title: str | Promise
    items: tuple[Item, ...]


PORTAL = (
    Group(
        _("Overview"),
        (
            Item(_("Dashboard"), "dashboard", ("admin:index",)),
            Item(
                _("Activation overview"),
                "bolt",
                ("admin:activation_overview", "admin:charge_records_activation_changelist"),
                "charge_records.view_activation",
            ),
        ),
    ),
    Group(
        _("Infrastructure"),
        (
            Item(
                _("Charging stations"),
                "ev_station",
                ("admin:infrastructure_station_changelist",),
                "infrastructure.view_station",
            ),
            Item(
                _("Charge points"),
                "electrical_services",
                ("admin:infrastructure_chargepoint_changelist",),
                "infrastructure.view_chargepoint",
            ),
            Item(
                _("Products"),
                "inventory_2",
                ("admin:infrastructure_productassignment_changelist",),
                "infrastructure.view_productassignment",
            ),
            Item(
                _("OCPP communication"),
                "forum",
                ("admin:ocpp_communication", "admin:ocpp_messageexchange_changelist"),
                "ocpp.view_messageexchange",
            ),
            Item(
                _("Security policy"),
                "shield_lock",
                ("admin:infrastructure_securitypolicy_changelist",),
                "infrastructure.view_securitypolicy",
            ),
            Item(
                _("Certificate authorities"),
                "verified_user",
                ("admin:infrastructure_certificateauthority_changelist",),
                "infrastructure.view_certificateauthority",
            ),
            Item(
                _("Station certificates"),
                "workspace_premium",
                ("admin:infrastructure_stationcertificate_changelist",),
                "infrastructure.view_stationcertificate",
            ),
        ),
    ),
    Group(
        _("Drivers"),
        (
            Item(
                _("RFID cards"),
                "contactless",
                ("admin:emaid_card_changelist",),
                "emaid.view_card",
                "accounts.view_driveridentity",
            ),
        ),
    ),
    Group(
        _("Sessions"),
        (
            Item(
                _("Charge records"),
                "receipt_long",
                ("admin:charge_records_chargerecord_changelist",),
                "charge_records.view_chargerecord",
            ),
            Item(
                _("Error rate"),
                "monitoring",
                ("admin:error_rate",),
                "charge_records.view_dailytotal",
            ),
            Item(
                _("CheckBill"),
                "verified",
                ("admin:charge_records_chargerecord_checkbill",),
                "charge_records.check_chargerecord",
            ),
        ),
    ),
    Group(
        _("Portal"),
        (
            Item(
                _("Portal users"),
                "group",
                ("admin:accounts_user_changelist",),
                "accounts.view_user",
            ),
            Item(_("Groups"), "shield_person", ("admin:auth_group_changelist",), "auth.view_group"),
            Item(
                _("Locations"),
                "location_on",
                ("admin:accounts_location_changelist",),
                "accounts.view_location",
            ),
            Item(
                _("Second factor"),
                "passkey",
                ("admin:second_factor_rule",),
                "accounts.change_user",
            ),
            Item(
                _("Single sign-on"),
                "key",
                ("admin:accounts_identityprovider_changelist",),
                "accounts.view_identityprovider",
            ),
            Item(
                _("Session times"),
                "timer",
                ("admin:session_times",),
                "accounts.change_sessiontimes",
            ),
            Item(_("Branding"), "palette", ("admin:branding",), "tenants.change_brand"),
            Item(_("Jobs"), "pending_actions", ("admin:jobs_job_changelist",)),
            Item(
                _("Audit trail"), "history", ("admin:audit_entry_changelist",), "audit.view_entry"
            ),
            Item(
                _("Support access"), "support_agent", ("admin:support_access",), "audit.view_entry"
            ),
        ),
    ),
    Group(
        _("Help"),
        (
            Item(_("Questions and answers"), "help", ("admin:faq",)),
            Item(_("Documents"), "folder_open", ("admin:documents",)),
            Item(_("Release notes"), "new_releases", ("admin:releases",)),
            Item(_("Status"), "monitor_heart", ("admin:status",)),
        ),
    ),
)

CONSOLE = (
    Group(
        _("Platform"),
        (
            Item(_("Overview"), "dashboard", ("admin:index",)),
            Item(
                _("Tenants"),
                "domain",
                ("admin:tenants_tenant_changelist",),
                "tenants.view_tenant",
            ),
            Item(_("Hosts"), "dns", ("admin:tenants_host_changelist",), "tenants.view_host"),
            Item(_("Brands"), "palette", ("admin:tenants_brand_changelist",), "tenants.view_brand"),
            Item(
                _("Booked products"),
                "inventory_2",
                ("admin:tenants_bookedproduct_changelist",),
                "tenants.view_bookedproduct",
            ),
            Item(
                _("Gateways"),
                "hub",
                ("admin:tenants_gatewayprocess_changelist",),
                "tenants.view_gatewayprocess",
            ),
            Item(
                _("Platform operators"),
                "group",
                ("admin:accounts_user_changelist",),
                "accounts.view_user",
            ),
            Item(
                _("Charging stations"),
                "ev_station",
                ("admin:tenants_chargeboxroute_changelist",),
                "tenants.view_chargeboxroute",
            ),
            Item(
                _("Documents"),
                "folder_open",
                ("admin:help_document_changelist",),
                "help.view_document",
            ),
            Item(
                _("Malfunctions"),
                "warning",
                ("admin:help_malfunction_changelist",),
                "help.view_malfunction",
            ),
            Item(_("Status"), "monitor_heart", ("admin:status",), "help.view_malfunction"),
            Item(
                _("Session times"),
                "timer",
                ("admin:session_times",),
                "accounts.change_sessiontimes",
            ),
            Item(_("Mails"), "mail", ("admin:mails",), "notifications.view_outgoingmail"),
            Item(
                _("Audit trail"), "history", ("admin:audit_entry_changelist",), "audit.view_entry"
            ),
        ),
    ),
)


def is_console(request: HttpRequest) -> bool:
    """Say whether the request came to the platform console."""
    return getattr(getattr(request, "tenant", None), "kind", "") == TenantKind.PLATFORM


def address(item: Item) -> str | None:
    """Return where the item leads, None when no such page exists."""
    for name in item.url_names:
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return None


def allowed_items(request: HttpRequest) -> list[tuple[Group, list[tuple[Item, str]]]]:
    """Return the groups with the items that the person may open, each with its address."""
    groups = []
    for group in CONSOLE if is_console(request) else PORTAL:
        items = [
            (item, link)
            for item in group.items
            if all(
                right is None or request.user.has_perm(right)
                for right in (item.right, item.second_right)
            )
            and (link := address(item)) is not None
        ]
        if items:
            groups.append((group, items))
    return groups


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar as the theme reads it."""
    return [
        {
            "title": group.title,
            "separator": False,
            "items": [
                {"title": item.title, "icon": item.icon, "link": link} for item, link in items
            ],
        }
        for group, items in allowed_items(request)
    ]


def account_links(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the links in the menu of whoever is logged in, as the theme reads them."""
    if not request.user.is_authenticated:
        return []
    links = [
        Item(_("Security of your account"), "", ("admin:own_security",)),
        Item(_("Signed-in places"), "", ("admin:signed_in_places",)),
    ]
    if request.user.has_usable_password():
        links.append(Item(_("Change password"), "", ("admin:password_change",)))
    found = [(item.title, address(item)) for item in links]
    return [{"title": str(title), "link": link} for title, link in found if link]
