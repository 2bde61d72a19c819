"""RFID cards in the portal."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.domain.identity import RIGHT as IDENTITY
from apps.emaid.forms import CardForm
from apps.emaid.models import Card
from apps.emaid.services import block_card, ensure_card, unblock_card
from apps.portal import panels
from apps.portal.admin import PortalModelAdmin
from apps.portal.badges import BAD, GOOD, WARN, Badge
from apps.portal.pages import ObjectUrl
from apps.portal.site import portal_site
from apps.tenants.domain.gates import Gate
from apps.vocabulary.identifiers import normalise_uid, reverse_uid

PLACE = "emaid.card"


def card_badge(card: Card, *, now: datetime) -> Badge:
    """Return whether the card may charge."""
    if card.is_blocked:
        return Badge(_("Blocked"), "block", BAD)
    if card.valid_until is not None and card.valid_until <= now:
        return Badge(_("Expired"), "event_busy", WARN)
    return Badge(_("Valid"), "check_circle", GOOD)


@admin.register(Card, site=portal_site)
class CardAdmin(PortalModelAdmin):
    """Cards by number, contract or label; blocked and unblocked by a button."""

    gate = Gate.EMAID_MANAGEMENT
    form = CardForm
    fields = ["tag", "label", "emaid", "is_blocked", "valid_until"]
    change_form_template = "emaid/card_form.html"
    change_list_template = "emaid/change_list.html"
    list_display = ["tag", "label", "emaid", "state_column", "valid_until"]
    list_filter = ["is_blocked"]
    search_fields = ["tag"]
    search_help_text = _("Number (also with its bytes reversed), label or EMAID")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(IDENTITY) and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:  # type: ignore[override]
        return request.user.has_perm(IDENTITY) and super().has_add_permission(request)

    @display(description=_("state"), ordering="is_blocked")
    def state_column(self, card: Card) -> str:
        badge = card_badge(card, now=timezone.now())
        return render_to_string("portal/parts/badge.html", {"entry": badge})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        found = Q(tag__icontains=text) | Q(label__icontains=text) | Q(emaid__icontains=text)
        if uid := normalise_uid(text):
            found |= Q(tag__iexact=uid) | Q(tag__iexact=reverse_uid(uid))
        return queryset.filter(found), False

    def get_readonly_fields(self, request: HttpRequest, obj: Card | None = None) -> list[str]:
        return ["tag"] if obj else []

    def object_urls(self) -> list[ObjectUrl]:
        return [
            ObjectUrl(
                "block",
                "block",
                self.block,
                "change",
                label=_("Block"),
                icon="block",
                is_shown=lambda request, card: not card.is_blocked,
            ),
            ObjectUrl(
                "unblock",
                "unblock",
                self.unblock,
                "change",
                label=_("Unblock"),
                icon="check_circle",
                is_shown=lambda request, card: card.is_blocked,
            ),
        ]

    def block(self, request: HttpRequest, card: Card) -> HttpResponse:
        block_card(card)
        messages.success(request, _("Card %(card)s is blocked.") % {"card": card})
        return self.back(card)

    def unblock(self, request: HttpRequest, card: Card) -> HttpResponse:
        unblock_card(card)
        messages.success(request, _("Card %(card)s may charge again.") % {"card": card})
        return self.back(card)

    def back(self, card: Card) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:emaid_card_change", args=[card.pk]))

    def save_model(self, request: HttpRequest, obj: Card, form: Any, change: bool) -> None:
        saved = ensure_card(obj.tag, **form.card_fields())
        obj.pk, obj._state.adding = saved.pk, False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        card = self.get_object_or_404(request, unquote(object_id))
        context = {
            "badge": card_badge(card, now=timezone.now()),
            "panels": panels.render(PLACE, request, card),
        }
        return super().change_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )
