"""Groups: the two shipped roles are shown, those of the tenant's own making can be changed."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.forms import GroupForm
from apps.accounts.forms.rights import show_rights
from apps.accounts.selectors import holds, is_limited, rights_of_group
from apps.accounts.services.groups import delete_group, is_shipped, save_group
from apps.portal.admin import PortalModelAdmin
from apps.portal.site import portal_site


@admin.register(Group, site=portal_site)
class GroupAdmin(PortalModelAdmin):
    """Nobody puts rights into a group that they do not hold themselves."""

    list_display = ("name", "is_shipped", "member_count")
    search_fields = ("name",)
    ordering = ("name",)
    form = GroupForm
    can_delete = True
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).annotate(members=Count("user", distinct=True))

    def has_add_permission(self, request: HttpRequest) -> bool:  # type: ignore[override]
        return not is_limited(request.user) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_touch(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_touch(request, obj) and super().has_delete_permission(request, obj)

    def may_touch(self, request: HttpRequest, group: Group | None) -> bool:
        if is_limited(request.user):
            return False
        if group is None:
            return True
        return not is_shipped(group) and holds(request.user, rights_of_group(group))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj and not self.has_change_permission(request, obj):
            return ("name", "is_shipped", "rights_table")
        return ("name", "rights")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("is_shipped", "rights_table")

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: bool) -> None:
        save_group(request.user, obj, form.permissions(), today=timezone.localdate())

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Permissions were saved with the group."""

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        delete_group(request.user, obj)

    @admin.display(description=_("part of the portal"), boolean=True)
    def is_shipped(self, group: Group) -> bool:
        return is_shipped(group)

    @admin.display(description=_("members"), ordering="members")
    def member_count(self, group: Any) -> int:
        return group.members

    @admin.display(description=_("rights"))
    def rights_table(self, group: Group) -> str:
        return show_rights(rights_of_group(group))
