"""What somebody with an e-mail is to be told, before anybody looked whether there is an account."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class NoticeKind(models.TextChoices):
    RESET = "reset", _("New password asked for")
    LOCKED = "locked", _("Account locked")


class AccountNotice(models.Model):
    """Written alike for every e-mail that was typed; a task looks for the account and sends mails.

    So no answer and no time of an answer tells whether an account exists (ACC-06). One row per kind
    and e-mail: it also keeps us from telling the same thing again and again.
    """

    kind = models.CharField(max_length=10, choices=NoticeKind.choices)
    email = models.CharField(max_length=254)
    address = models.GenericIPAddressField(null=True)
    base_url = models.CharField(max_length=300)
    asked_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "email"], name="account_notice_once")
        ]
        indexes = [
            models.Index(
                fields=["asked_at"],
                name="account_notice_open",
                condition=models.Q(handled_at=None),
            ),
            models.Index(fields=["address", "asked_at"], name="account_notice_address"),
        ]
        verbose_name = _("account notice")
        verbose_name_plural = _("account notices")

    def __str__(self) -> str:
        return f"{self.kind} {self.email}"
