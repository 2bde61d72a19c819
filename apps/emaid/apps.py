from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EmaidConfig(AppConfig):
    name = "apps.emaid"
    label = "emaid"
    verbose_name = _("EMAID")

    def ready(self) -> None:
        from apps.audit.services.watch import watch
        from apps.emaid.models import Card

        watch(Card, identity={"tag", "label", "emaid"}, is_name_identity=True)
