"""Addresses that every host has, with and without a log-in."""

from django.urls import path

from apps.portal import views

urlpatterns = [
    path("brand/mark", views.brand_mark, name="brand_mark"),
    path("brand/icon", views.brand_mark, name="brand_icon"),
    path("brand/logo", views.brand_logo, name="brand_logo"),
    path("brand/files/brands/<slug:schema_name>/<str:name>", views.brand_file, name="brand_file"),
    path("i18n/", views.set_language, name="set_language"),
]
