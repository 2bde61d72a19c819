"""How a tenant looks to its people, and what it owes to the public (TEN-02)."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import (
    FileExtensionValidator,
    MaxLengthValidator,
    MaxValueValidator,
    RegexValidator,
    URLValidator,
)
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.bulk import WatchedQuerySet
from apps.core.models import TimeStamped
from apps.tenants.choices import LegalKind
from apps.tenants.domain.markup import LONGEST
from apps.tenants.files import brand_file_name, brand_storage, check_image
from apps.tenants.models.tenants import Tenant

HTTPS = URLValidator(
    schemes=["https"], message=_("Use an address that begins with https://, or leave it empty.")
)
# What a header field of a mail must not hold: line ends above all, and signs of an address.
SENDER_NAME = RegexValidator(
    r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029<>@\"\\]*$",
    _('Use words without line breaks and without < > @ " and \\.'),
)
TELEPHONE = RegexValidator(
    r"^[+0-9 ()/.-]*$", _("Use digits, blanks and + ( ) / . - only, for example +49 30 1234.")
)


class Brand(TimeStamped):
    """Name, logo, favicon, hue and contacts of one tenant's portal.

    `own_texts`: in which languages there are own texts, {"imprint": ["de", "en"]}; kept here by
    the service that writes them, so that a page knows its links without asking for more.
    """

    FILES: ClassVar[tuple[str, ...]] = ("logo", "logo_dark", "favicon")

    tenant = models.OneToOneField(
        Tenant, on_delete=models.CASCADE, related_name="brand", verbose_name=_("tenant")
    )
    product_name = models.CharField(_("product name"), max_length=60)
    hue = models.PositiveSmallIntegerField(
        _("hue"),
        default=210,
        validators=[MaxValueValidator(359)],
        help_text=_("0 to 359 degrees; the palette made from it keeps its contrast for every hue."),
    )
    logo = models.FileField(
        _("logo"),
        storage=brand_storage,
        upload_to=brand_file_name,
        blank=True,
        validators=[FileExtensionValidator(["svg", "png"]), check_image],
        help_text=_("SVG or PNG, at most 256 KB, wide and low; it is shown 32 pixels high."),
    )
    logo_dark = models.FileField(
        _("logo on dark ground"),
        storage=brand_storage,
        upload_to=brand_file_name,
        blank=True,
        validators=[FileExtensionValidator(["svg", "png"]), check_image],
        help_text=_("Without one, the logo stands on a white ground where the page is dark."),
    )
    favicon = models.FileField(
        _("favicon"),
        storage=brand_storage,
        upload_to=brand_file_name,
        blank=True,
        validators=[FileExtensionValidator(["svg", "png", "ico"]), check_image],
        help_text=_("SVG, PNG or ICO, at most 256 KB, square."),
    )
    support_name = models.CharField(
        _("support name"),
        max_length=80,
        blank=True,
        help_text=_("Whom people reach there, for example a service desk."),
    )
    support_email = models.EmailField(_("support e-mail"), blank=True)
    support_phone = models.CharField(
        _("support telephone"), max_length=40, blank=True, validators=[TELEPHONE]
    )
    support_url = models.URLField(_("support page"), blank=True, validators=[HTTPS])
    imprint_url = models.URLField(
        _("imprint"),
        blank=True,
        validators=[HTTPS],
        help_text=_("An address takes the place of an own text."),
    )
    privacy_url = models.URLField(
        _("privacy policy"),
        blank=True,
        validators=[HTTPS],
        help_text=_("An address takes the place of an own text."),
    )
    mail_sender_name = models.CharField(
        _("sender name of mails"),
        max_length=60,
        blank=True,
        validators=[SENDER_NAME],
        help_text=_("Stands before the platform's address; empty: the product name."),
    )
    mail_reply_to = models.EmailField(
        _("reply address of mails"),
        blank=True,
        help_text=_("Where answers to mails go; empty: the support e-mail."),
    )
    own_texts = models.JSONField(default=dict, editable=False)

    objects = WatchedQuerySet.as_manager()

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brands")

    def __str__(self) -> str:
        return self.product_name

    @property
    def version(self) -> int:
        """A number that changes with every change of the brand, so that browsers may keep files."""
        return int(self.updated_at.timestamp() * 1_000)

    @property
    def reply_address(self) -> str:
        """Where answers to mails go; "" when the tenant named no address."""
        return self.mail_reply_to or self.support_email


class LegalText(TimeStamped):
    """A tenant's own imprint or privacy policy in one language, in simple formatting."""

    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, related_name="legal_texts", verbose_name=_("tenant")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=LegalKind.choices)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES)
    text = models.TextField(_("text"), validators=[MaxLengthValidator(LONGEST)])

    objects = WatchedQuerySet.as_manager()

    class Meta:
        ordering = ["tenant", "kind", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kind", "language"], name="legal_text_once_per_language"
            )
        ]
        verbose_name = _("legal text")
        verbose_name_plural = _("legal texts")

    def __str__(self) -> str:
        return f"{self.kind} {self.language}"
