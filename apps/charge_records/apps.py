from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChargeRecordsConfig(AppConfig):
    name = "apps.charge_records"
    label = "charge_records"
    verbose_name = _("Charge records")

    def ready(self) -> None:
        """Make the jobs of this room known."""
        from apps.charge_records.services.evaluation import JOB_KIND
        from apps.charge_records.views.evaluation_jobs import evaluate_in_job
        from apps.jobs.domain.kinds import register

        right = "charge_records.evaluate_chargerecord"
        register(JOB_KIND, _("Evaluation of charge records"), evaluate_in_job, right=right)
