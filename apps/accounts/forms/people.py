"""Forms about people, groups and locations. The admin sets `actor`: whoever fills them in."""

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import (
    password_validators_help_text_html,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminOwnPasswordChangeForm

from apps.accounts.domain.roles import ADMIN
from apps.accounts.models import Location, User
from apps.accounts.models.scope import granted_locations
from apps.accounts.selectors import (
    grantable_groups,
    in_tree_order,
    is_last_admin,
    location_path,
    possible_parents,
)
from apps.accounts.services.passwords import change_own_password
from apps.accounts.services.people import Access, LastAdminError
from apps.portal.options import (
    NONE_CHOSEN,
    country_options,
    language_options,
    time_zone_options,
)
from apps.portal.widgets import Checkboxes, EmailInput, PasswordInput, Select


class NewPasswordMixin(forms.Form):
    """Two fields for a password that follows the rules of the settings."""

    password1 = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html(),
    )
    password2 = forms.CharField(
        label=_("Password again"),
        strip=False,
        widget=PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def check_passwords(self, user: User) -> None:
        first, second = (self.cleaned_data.get(f"password{number}") for number in (1, 2))
        if first and second and first != second:
            self.add_error("password2", _("The two passwords differ."))
        elif first:
            try:
                validate_password(first, user)
            except ValidationError as error:
                self.add_error("password1", error)


class OwnPasswordForm(AdminOwnPasswordChangeForm):
    """The theme's form for the own password; our service saves it."""

    def save(self, commit: bool = True) -> User:
        change_own_password(self.user, self.cleaned_data["new_password1"])
        return self.user


class ForgottenPasswordForm(forms.Form):
    """The e-mail with which somebody logs in; its case never matters."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=EmailInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()


class LocationsField(forms.ModelMultipleChoiceField):
    """Locations with what they are part of: "Harbour / Quay 3"."""

    def label_from_instance(self, location: Any) -> str:
        return location_path(location)


class LocationChoiceField(forms.ModelChoiceField):
    """One location, named with what it is part of."""

    def label_from_instance(self, location: Any) -> str:
        return location_path(location)


class UserForm(forms.ModelForm):
    """Another user of the tenant; the e-mail is not among the fields (ACC-04)."""

    actor: ClassVar[User]

    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=lambda: [*NONE_CHOSEN, *language_options()],
        widget=Select,
        help_text=_("Not chosen: as the browser says."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        choices=lambda: [*NONE_CHOSEN, *time_zone_options()],
        widget=Select,
        help_text=_("Not chosen: the tenant's."),
    )
    groups = forms.ModelMultipleChoiceField(
        label=_("Groups"),
        queryset=Group.objects.none(),
        required=False,
        widget=Checkboxes,
        help_text=_("Without a group the user sees nothing but the dashboard."),
    )
    locations = LocationsField(
        label=_("Locations"),
        queryset=Location.objects.none(),
        required=False,
        widget=Checkboxes,
        help_text=_(
            "Counts only for users who are limited to locations. "
            "Who may see a location also sees what is part of it."
        ),
    )

    class Meta:
        model = User
        fields = (
            "first_name",
            "last_name",
            "language",
            "time_zone",
            "is_active",
            "is_limited_to_locations",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "groups" in self.fields:
            self.fields["groups"].queryset = grantable_groups(self.actor)
            self.fields["locations"].queryset = in_tree_order(
                Location.objects.at_locations_of(self.actor)
            )
            if self.instance.pk:
                self.initial["groups"] = self.instance.groups.all()
                self.initial["locations"] = granted_locations(self.instance)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        stays = (
            values.get("is_active")
            and not values.get("is_limited_to_locations")
            and any(group.name == ADMIN for group in values.get("groups", ()))
        )
        if self.instance.pk and not stays and is_last_admin(self.instance):
            raise ValidationError(str(LastAdminError()))
        return values

    def access(self) -> Access:
        """Return what was chosen."""
        values = self.cleaned_data
        limited = values["is_limited_to_locations"]
        return Access(
            groups=tuple(values["groups"]),
            locations=tuple(values["locations"]) if limited else None,
        )


class UserAddForm(UserForm):
    """A new user, who sets the first password by a link from a mail."""

    class Meta(UserForm.Meta):
        fields = (
            "email",
            *(name for name in UserForm.Meta.fields if name != "is_active"),
        )

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).strip().lower()
        if User.objects.filter(email__iexact=email).exists():
            raise ValidationError(_("There is a portal user with this e-mail already."))
        return email


class OperatorAddForm(NewPasswordMixin, forms.ModelForm):
    """A new operator of the platform, in the console."""

    class Meta:
        model = User
        fields = ("email", "first_name", "last_name")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        self.check_passwords(self.instance)
        return values


class NewPasswordForm(NewPasswordMixin):
    """The own new password, for whoever came by a link."""

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        self.check_passwords(self.user)
        return values


class LocationForm(forms.ModelForm):
    """A site of the tenant, or a part of one."""

    actor: ClassVar[User]

    parent = LocationChoiceField(
        label=_("Part of"),
        queryset=Location.objects.none(),
        required=False,
        empty_label=_("Nothing: it stands by itself"),
        widget=Select,
        help_text=_("Who may see a location also sees what is part of it."),
    )
    country = forms.ChoiceField(
        label=_("Country"), choices=country_options, widget=Select, initial="DE"
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=time_zone_options, widget=Select, initial="Europe/Berlin"
    )

    class Meta:
        model = Location
        fields = ("name", "parent", "street", "postal_code", "city", "country", "time_zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "parent" in self.fields:
            self.fields["parent"].queryset = possible_parents(self.actor, self.instance)
