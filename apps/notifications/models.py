"""The outbox: a row per mail, written with what it tells of, kept until a server took it over."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import TimeStamped
from apps.notifications.choices import MailState


class OutgoingMail(TimeStamped):
    """One mail to one person, in the person's language and the tenant's brand.

    `next_attempt_at` is also the claim: whoever sends pushes it ahead first, so a process that dies
    while sending only delays the mail. `message_id` stays the same over all attempts.
    """

    kind = models.CharField(_("kind"), max_length=40)
    recipient = models.EmailField(_("recipient"), max_length=254)
    language = models.CharField(_("language"), max_length=5)
    sender = models.CharField(_("sender"), max_length=400)
    reply_to = models.EmailField(_("reply to"), max_length=254, blank=True)
    subject = models.CharField(_("subject"), max_length=300)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(_("HTML"), blank=True)
    is_secret = models.BooleanField(
        _("secret"),
        default=False,
        help_text=_("Holds a link that lets in; the text is forgotten once it was sent."),
    )
    message_id = models.CharField(max_length=120, unique=True)
    state = models.CharField(
        _("state"), max_length=10, choices=MailState.choices, default=MailState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="outgoing_mail_due",
                condition=models.Q(state=MailState.WAITING),
            ),
            models.Index(fields=["recipient", "-created_at"], name="outgoing_mail_recipient"),
        ]
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mails")

    def __str__(self) -> str:
        return self.subject
