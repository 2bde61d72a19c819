"""The dashboard is the portal's first page."""

from apps.dashboard.views import dashboard
from apps.portal.site import portal_site

portal_site.set_index(dashboard)
