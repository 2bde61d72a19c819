from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"
    verbose_name = _("Portal")

    def ready(self) -> None:
        from django.contrib.auth.models import Group

        from apps.accounts.models import Location, User
        from apps.audit.services.watch import permission_names, watch

        watch(
            User,
            left_out={"last_login", "invited_at", "joined_at"},
            many={"groups": None, "user_permissions": permission_names},
        )
        watch(Group, many={"permissions": permission_names})
        watch(Location)
