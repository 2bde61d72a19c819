from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HelpConfig(AppConfig):
    name = "apps.help"
    label = "help"
    verbose_name = _("Help")

    def ready(self) -> None:
        from apps.audit.services.watch import watch
        from apps.help.models import Document, DocumentVersion, Malfunction, MalfunctionUpdate

        watch(Document, many={"tenants": None})
        watch(DocumentVersion, part_of="document")
        watch(Malfunction, left_out={"told_at"}, many={"tenants": None})
        watch(MalfunctionUpdate, part_of="malfunction")
