"""Addresses of a tenant's portal."""

from django.urls import path

from apps.portal.site import portal_site

urlpatterns = [
    path("", portal_site.urls),
]
