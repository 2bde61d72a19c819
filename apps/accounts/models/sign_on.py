"""Single sign-on: OpenID providers of the tenant, whom they know, what their groups mean here."""

from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import PasswordFor
from apps.accounts.models.users import User
from apps.core.bulk import WatchedQuerySet
from apps.core.models import TimeStamped


class IdentityProvider(TimeStamped):
    """An OpenID provider that says who somebody is. The client secret is kept encrypted."""

    button_label = models.CharField(
        _("label of the button"),
        max_length=60,
        unique=True,
        help_text=_("As on the log-in page: Log in with ..."),
    )
    issuer = models.CharField(
        _("issuer"),
        max_length=300,
        unique=True,
        help_text=_("The provider's address, for example https://login.example.com/realms/main."),
    )
    client_id = models.CharField(_("client ID"), max_length=255)
    client_secret_sealed = models.TextField(_("client secret"), blank=True, editable=False)
    is_enabled = models.BooleanField(
        _("in use"), default=True, help_text=_("Shows the button on the log-in page.")
    )
    email_domains = models.JSONField(_("e-mail domains"), default=list, blank=True)
    trusts_emails = models.BooleanField(
        _("e-mails count as verified"),
        default=False,
        help_text=_(
            "For providers that do not say which e-mails they have verified. Only if nobody can "
            "choose the e-mail there."
        ),
    )
    groups_claim = models.CharField(
        _("claim with the groups"),
        max_length=100,
        default="groups",
        help_text=_("Its values are given a group below."),
    )
    creates_users = models.BooleanField(
        _("creates portal users"),
        default=False,
        help_text=_("At the first log-in of somebody who has no account here."),
    )
    default_groups = models.ManyToManyField(
        Group, blank=True, related_name="+", verbose_name=_("groups of new users")
    )
    password_for = models.CharField(
        _("password log-in for"),
        max_length=10,
        choices=PasswordFor.choices,
        default=PasswordFor.EVERYBODY,
    )

    objects = WatchedQuerySet.as_manager()

    class Meta:
        ordering = ["button_label"]
        verbose_name = _("identity provider")
        verbose_name_plural = _("identity providers")

    def __str__(self) -> str:
        return self.button_label


class GroupMapping(models.Model):
    """Whoever brings the value in the claim is in the group, from log-in to log-in."""

    provider = models.ForeignKey(
        IdentityProvider, on_delete=models.CASCADE, related_name="mappings"
    )
    claim_value = models.CharField(_("value of the claim"), max_length=200)
    group = models.ForeignKey(
        Group, on_delete=models.CASCADE, related_name="+", verbose_name=_("group")
    )

    objects = WatchedQuerySet.as_manager()

    class Meta:
        ordering = ["claim_value", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "claim_value", "group"], name="group_mapping_once"
            )
        ]
        verbose_name = _("group mapping")
        verbose_name_plural = _("group mappings")

    def __str__(self) -> str:
        return f"{self.claim_value} → {self.group}"


class ExternalIdentity(models.Model):
    """Under which subject an issuer knows a user; a subject means somebody only with its issuer."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(_("issuer"), max_length=300)
    subject = models.CharField(_("subject"), max_length=255)
    linked_at = models.DateTimeField(_("linked at"))

    objects = WatchedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="external_identity_once"),
            models.UniqueConstraint(fields=["issuer", "user"], name="external_identity_per_issuer"),
        ]
        verbose_name = _("external identity")
        verbose_name_plural = _("external identities")

    def __str__(self) -> str:
        return self.subject
