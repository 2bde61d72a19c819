"""How a tenant looks to its people (TEN-02)."""

from django.core.validators import FileExtensionValidator, MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.bulk import WatchedQuerySet
from apps.core.models import TimeStamped
from apps.tenants.files import brand_file_name, brand_storage, check_image
from apps.tenants.models.tenants import Tenant


class Brand(TimeStamped):
    """Name, logo, favicon and hue of one tenant's portal."""

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
    favicon = models.FileField(
        _("favicon"),
        storage=brand_storage,
        upload_to=brand_file_name,
        blank=True,
        validators=[FileExtensionValidator(["svg", "png", "ico"]), check_image],
        help_text=_("SVG, PNG or ICO, at most 256 KB, square."),
    )
    support_email = models.EmailField(_("support e-mail"), blank=True)
    support_phone = models.CharField(_("support telephone"), max_length=40, blank=True)
    imprint_url = models.URLField(_("imprint"), blank=True)
    privacy_url = models.URLField(_("privacy policy"), blank=True)

    objects = WatchedQuerySet.as_manager()

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brands")

    def __str__(self) -> str:
        return self.product_name
