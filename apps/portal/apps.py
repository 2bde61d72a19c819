from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "apps.portal"
    label = "portal"
    verbose_name = _("Portal")

    def ready(self) -> None:
        from apps.portal import brand_page, console_page  # noqa: F401 add their pages to the sites
        from apps.portal.trail import admin  # noqa: F401
