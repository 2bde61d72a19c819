"""The admin sites: the portal of a tenant and the console of the platform operator."""

from django.http import HttpRequest
from unfold.sites import UnfoldAdminSite


class PortalSite(UnfoldAdminSite):
    """Unfold's site, found at the root of a tenant's host."""

    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Every active user of this schema may enter; permissions decide what is shown."""
        return bool(request.user.is_active)


portal_site = PortalSite(name="admin")
console_site = PortalSite(name="admin")
