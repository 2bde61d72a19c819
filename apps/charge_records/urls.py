"""Addresses of this room that need no log-in."""

from django.urls import path

from apps.charge_records.views import driver_check as views

urlpatterns = [
    path("check/<str:token>/", views.driver_check, name="driver_check"),
    path("check/<str:token>/transparency.xml", views.driver_xml, name="driver_check_xml"),
    path("check/<str:token>/records.txt", views.driver_records, name="driver_check_records"),
    path("check/<str:token>/check.pdf", views.driver_pdf, name="driver_check_pdf"),
]
