"""System checks of our model admins: what would open a way around rights does not start."""

from typing import Any

from django.contrib.admin.utils import NotRelationField, get_fields_from_path
from django.core.checks import Error
from django.core.exceptions import FieldDoesNotExist
from django.db.models import BooleanField, DateField
from unfold.checks import UnfoldModelAdminChecks

BY_GET = ("actions_detail", "actions_row", "actions_list")


class PortalModelAdminChecks(UnfoldModelAdminChecks):
    """Unfold's checks and ours."""

    def check(self, admin_obj: Any, **kwargs: Any) -> list[Error]:
        return [
            *super().check(admin_obj, **kwargs),
            *self.check_no_commands_by_get(admin_obj),
            *self.check_actions_name_a_right(admin_obj),
            *self.check_filters_show_no_foreign_values(admin_obj),
        ]

    def check_no_commands_by_get(self, admin_obj: Any) -> list[Error]:
        return [
            Error(
                f"{name} runs by GET and without a look at the row.",
                hint="Return an ObjectUrl from object_urls() instead.",
                obj=type(admin_obj),
                id="portal.E001",
            )
            for name in BY_GET
            if getattr(admin_obj, name)
        ]

    def check_actions_name_a_right(self, admin_obj: Any) -> list[Error]:
        return [
            Error(
                f"The action {name!r} names no right.",
                hint='Declare it with @action(permissions=["change"]).',
                obj=type(admin_obj),
                id="portal.E002",
            )
            for function, name, _description in admin_obj._get_base_actions()
            if not getattr(function, "allowed_permissions", None)
        ]

    def _check_action_permission_methods(self, obj: Any) -> list[Error]:
        """Any right may be named; `PortalModelAdmin` asks for it without a method of its own."""
        return []

    def check_filters_show_no_foreign_values(self, admin_obj: Any) -> list[Error]:
        """A plain entry that leads over a relation lists values of every location."""
        errors = []
        for entry in admin_obj.list_filter:
            if not isinstance(entry, str) or "__" not in entry:
                continue
            try:
                field = get_fields_from_path(admin_obj.model, entry)[-1]
            except (FieldDoesNotExist, NotRelationField):
                continue
            if not (
                field.remote_field or field.choices or isinstance(field, BooleanField | DateField)
            ):
                errors.append(
                    Error(
                        f"The filter {entry!r} lists values of rows that the person may not see.",
                        hint="Write a filter class that starts from visible_rows().",
                        obj=type(admin_obj),
                        id="portal.E003",
                    )
                )
        return errors
