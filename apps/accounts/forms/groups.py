"""The form of a group; the admin sets `actor`: whoever fills it in."""

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.forms.rights import RightsField, closed_subjects
from apps.accounts.models import User
from apps.accounts.selectors import grantable_permissions, rights_of_group
from apps.accounts.services.groups import ShippedRoleError, is_shipped


class GroupForm(forms.ModelForm):
    """A group of the tenant's own making (ACC-02)."""

    actor: ClassVar[User]

    rights = RightsField(
        label=_("Rights"),
        required=False,
        help_text=_("What members may do. At which locations is said on each user's page."),
    )

    class Meta:
        model = Group
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "rights" in self.fields:
            today = timezone.localdate()
            self.table.offer(
                grantable_permissions(self.actor, today=today),
                closed_subjects(self.actor, today=today),
            )
            if self.instance.pk:
                self.initial["rights"] = self.table.names_of(rights_of_group(self.instance))

    @property
    def table(self) -> RightsField:
        field = self.fields["rights"]
        assert isinstance(field, RightsField)
        return field

    def permissions(self) -> set[str]:
        """Return the permissions that were ticked, as `app_label.codename`."""
        return self.table.permissions_of(self.cleaned_data["rights"])

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"]).strip()
        if is_shipped(Group(name=name)):
            raise ValidationError(str(ShippedRoleError()))
        return name
