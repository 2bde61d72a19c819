"""Addresses of a tenant's portal."""

from django.urls import include, path

from apps.portal.site import portal_site

urlpatterns = [
    path("", include("apps.portal.urls")),
    path("", include("apps.accounts.urls")),
    path("", include("apps.charge_records.urls")),
    path("", include("apps.help.urls")),
    path("", portal_site.urls),
]

handler400 = "apps.portal.views.bad_request"
handler403 = "apps.portal.views.forbidden"
handler404 = "apps.portal.views.not_found"
handler500 = "apps.portal.views.failed"
