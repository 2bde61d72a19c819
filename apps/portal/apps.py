from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "apps.portal"
    label = "portal"
    verbose_name = _("Portal")

    def ready(self) -> None:
        # They add their pages to the sites.
        from apps.audit.services.watch import watch
        from apps.portal import brand_page, console_page, saved_view_pages  # noqa: F401
        from apps.portal.models import SavedView
        from apps.portal.trail import admin  # noqa: F401

        watch(SavedView, identity={"query"})
