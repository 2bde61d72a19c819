"""Bringing the shipped roles to what `domain.roles` says, in the current schema."""

from django.contrib.auth.models import Group, Permission

from apps.accounts.domain.roles import PERMISSIONS


def sync_roles() -> None:
    """Give each role exactly its permissions. Raises LookupError for an unknown one."""
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for role, names in PERMISSIONS.items():
        missing = sorted(set(names) - set(known))
        if missing:
            raise LookupError(f"role {role} names unknown permissions: {', '.join(missing)}")
        group, _made = Group.objects.get_or_create(name=role)
        group.permissions.set([known[name] for name in names])
