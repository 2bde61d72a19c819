"""Where people are signed in, and how long they stay so."""

from datetime import datetime, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import SIGN_IN_WAY_LABELS
from apps.accounts.domain import sessions
from apps.accounts.domain.sessions import Lifetimes
from apps.accounts.models.users import User
from apps.core.bulk import WatchedQuerySet
from apps.core.models import TimeStamped


class SignedInPlaceQuerySet(models.QuerySet["SignedInPlace"]):
    def open_at(self, now: datetime) -> "SignedInPlaceQuerySet":
        """Return the places whose sessions have not ended by time."""
        return self.filter(ends_at__gt=now)


class SignedInPlace(models.Model):
    """One log-in on one device. It goes with its session; the audit trail keeps what was.

    `session_key` names the row of Django's session table in the same schema, which holds it in
    plain as well; whoever reads one table reads the other.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="places")
    session_key = models.CharField(max_length=40, unique=True)
    way = models.CharField(_("way"), max_length=20, choices=list(SIGN_IN_WAY_LABELS.items()))
    started_at = models.DateTimeField(_("signed in"))
    seen_at = models.DateTimeField(_("last seen"))
    ends_at = models.DateTimeField(_("ends"), db_index=True)
    address = models.GenericIPAddressField(_("address"), null=True)
    browser = models.CharField(max_length=20, blank=True)
    system = models.CharField(max_length=20, blank=True)

    objects = SignedInPlaceQuerySet.as_manager()

    class Meta:
        ordering = ["-seen_at", "-pk"]
        verbose_name = _("signed-in place")
        verbose_name_plural = _("signed-in places")

    def __str__(self) -> str:
        return self.device

    @property
    def device(self) -> str:
        """Return the device in words: "Firefox on Windows"."""
        if self.browser and self.system:
            names = {"browser": self.browser, "system": self.system}
            return str(_("%(browser)s on %(system)s") % names)
        return self.browser or self.system or str(_("Unknown device"))


class SessionTimes(TimeStamped):
    """How long the tenant's people stay signed in; at most one row, without it the defaults."""

    idle_minutes = models.PositiveIntegerField(
        _("minutes without activity"),
        default=sessions.DEFAULT_IDLE // timedelta(minutes=1),
        validators=[
            MinValueValidator(sessions.SHORTEST_IDLE // timedelta(minutes=1)),
            MaxValueValidator(sessions.LONGEST_IDLE // timedelta(minutes=1)),
        ],
        help_text=_("Who does nothing for so long is signed out. Live pages count for nothing."),
    )
    longest_hours = models.PositiveIntegerField(
        _("hours at most"),
        default=sessions.DEFAULT_LONGEST // timedelta(hours=1),
        validators=[
            MinValueValidator(sessions.SHORTEST_LONGEST // timedelta(hours=1)),
            MaxValueValidator(sessions.LONGEST_LONGEST // timedelta(hours=1)),
        ],
        help_text=_("After so long everybody signs in again, whatever they did."),
    )

    has_name = False

    objects = WatchedQuerySet.as_manager()

    class Meta:
        verbose_name = _("session times")
        verbose_name_plural = _("session times")

    def __str__(self) -> str:
        return str(_("Session times"))

    @property
    def lifetimes(self) -> Lifetimes:
        return Lifetimes(
            idle=timedelta(minutes=self.idle_minutes), longest=timedelta(hours=self.longest_hours)
        )
