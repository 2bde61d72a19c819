from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"
    verbose_name = _("Portal")

    def ready(self) -> None:
        from django.contrib.auth.models import Group

        from apps.accounts.models import (
            ExternalIdentity,
            GroupMapping,
            IdentityProvider,
            Location,
            SessionTimes,
            User,
        )
        from apps.accounts.services import places
        from apps.audit.services.watch import permission_names, watch

        watch(
            User,
            left_out={"last_login", "invited_at", "joined_at", "reset_sent_at"},
            many={"groups": None, "user_permissions": permission_names},
        )
        watch(Group, many={"permissions": permission_names})
        watch(Location)
        watch(SessionTimes)
        watch(IdentityProvider, hidden={"client_secret_sealed"}, many={"default_groups": None})
        watch(GroupMapping, part_of="provider")
        watch(ExternalIdentity, part_of="user")
        places.connect()
