"""People who log in: portal users in a tenant's schema, platform operators in the public one."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _
from guardian.mixins import GuardianUserMixin

from apps.accounts.models.locations import Location
from apps.core.bulk import WatchedQuerySet
from apps.core.models import TimeStamped


class UserManager(BaseUserManager["User"].from_queryset(WatchedQuerySet)):  # type: ignore[misc]
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a user; without a password nobody can log in as it until one is set."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_superuser=True, **fields)


class User(GuardianUserMixin, TimeStamped, AbstractBaseUser, PermissionsMixin):
    """One person of one tenant; the e-mail is the log-in, which nobody there changes (ACC-04)."""

    email = models.EmailField(_("e-mail"), max_length=254, unique=True)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    language = models.CharField(
        _("language"), max_length=5, blank=True, help_text=_("Empty: as the browser says.")
    )
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_limited_to_locations = models.BooleanField(
        _("limited to locations"),
        default=False,
        help_text=_("Sees only the chosen locations and what stands there."),
    )

    invited_at = models.DateTimeField(_("invited at"), null=True, blank=True, editable=False)
    reset_sent_at = models.DateTimeField(
        _("link for a new password sent at"), null=True, blank=True, editable=False
    )
    joined_at = models.DateTimeField(_("joined at"), null=True, blank=True, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        ordering = ["email"]
        constraints = [models.UniqueConstraint(Upper("email"), name="user_email_unique_any_case")]
        permissions = [("view_driveridentity", _("Can see who charged"))]
        verbose_name = _("portal user")
        verbose_name_plural = _("portal users")

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    @property
    def is_staff(self) -> bool:
        """Whoever is active may enter the portal of the own tenant; permissions decide the rest."""
        return self.is_active

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.first_name or self.email

    @property
    def is_waited_for(self) -> bool:
        """Say whether the user was invited and has not set a password yet."""
        return self.invited_at is not None and self.joined_at is None

    def seen_location_ids(self) -> list[int]:
        """Return the ids of the locations that the user sees: the tenant's, or the granted ones."""
        return list(Location.objects.at_locations_of(self).values_list("pk", flat=True))
