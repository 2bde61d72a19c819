"""Addresses that every host has, with and without a log-in."""

from django.urls import path

from apps.portal import views
from apps.tenants.choices import LegalKind

urlpatterns = [
    path("brand/mark", views.brand_mark, name="brand_mark"),
    path("brand/icon", views.brand_mark, name="brand_icon"),
    path("favicon.ico", views.brand_mark, name="favicon"),
    path("brand/logo", views.brand_logo, name="brand_logo"),
    path("brand/logo-dark", views.brand_logo, {"name": "logo_dark"}, name="brand_logo_dark"),
    path("imprint/", views.legal_page, {"kind": LegalKind.IMPRINT}, name="imprint"),
    path("privacy/", views.legal_page, {"kind": LegalKind.PRIVACY}, name="privacy"),
    path("brand/files/brands/<slug:schema_name>/<str:name>", views.brand_file, name="brand_file"),
    path("i18n/", views.set_language, name="set_language"),
]
