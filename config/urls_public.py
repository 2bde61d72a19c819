"""Addresses of the platform console."""

from django.urls import path

from apps.portal.site import console_site

urlpatterns = [
    path("", console_site.urls),
]
