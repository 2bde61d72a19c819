"""Cards and tokens with which drivers of this tenant authenticate."""

from typing import Any, Self

from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from apps.accounts.domain.identity import RIGHT as IDENTITY
from apps.accounts.models import ScopedQuerySet
from apps.core.models import TimeStamped


class CardQuerySet(ScopedQuerySet):
    """Cards are nothing but drivers: who may not see these sees none of them."""

    def visible_to(self, user: Any, action: str = "view") -> Self:
        return super().visible_to(user, action) if user.has_perm(IDENTITY) else self.none()


class Card(TimeStamped):
    """An RFID card or virtual token; `tag` is the idTag of OCPP, whose case does not matter."""

    tag = models.CharField(
        _("RFID number"),
        max_length=36,
        help_text=_("The identifier as a station sends it, at most 20 characters for OCPP 1.6."),
    )
    label = models.CharField(_("label"), max_length=100, blank=True)
    emaid = models.CharField(
        _("EMAID"),
        max_length=18,
        blank=True,
        help_text=_("Contract that the card belongs to; empty: a card of the operator."),
    )
    is_blocked = models.BooleanField(_("blocked"), default=False)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)

    objects = CardQuerySet.as_manager()

    class Meta:
        ordering = ["tag"]
        constraints = [models.UniqueConstraint(Upper("tag"), name="card_tag_unique_any_case")]
        indexes = [models.Index(fields=["emaid"], name="card_by_emaid")]
        permissions = [
            ("export_card", _("Can export cards")),
            ("import_card", _("Can import cards")),
        ]
        verbose_name = _("RFID card")
        verbose_name_plural = _("RFID cards")

    def __str__(self) -> str:
        return self.label or self.tag
