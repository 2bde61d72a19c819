from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChargeRecordsConfig(AppConfig):
    name = "apps.charge_records"
    label = "charge_records"
    verbose_name = _("Charge records")
