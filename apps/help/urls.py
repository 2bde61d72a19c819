"""The public status page, the same address at every host."""

from django.urls import path

from apps.help.middleware import STATUS_PATH
from apps.help.views.status import public_status

urlpatterns = [path(STATUS_PATH.lstrip("/"), public_status, name="public_status")]
