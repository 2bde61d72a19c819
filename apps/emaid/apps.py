from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EmaidConfig(AppConfig):
    name = "apps.emaid"
    label = "emaid"
    verbose_name = _("EMAID")
