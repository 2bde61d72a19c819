"""The form of an identity provider; the admin sets `actor`: whoever fills it in."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.accounts.domain.sign_on import domains_in, values_in
from apps.accounts.models import IdentityProvider, User
from apps.accounts.selectors import grantable_groups, may_use_password
from apps.accounts.services.providers import Mapped
from apps.core.outbound import AddressInvalid, check_address
from apps.portal.login import LoginForm
from apps.portal.widgets import Checkboxes, PasswordInput, Switch, TextInput

LONGEST_VALUE = 200


class SignInForm(LoginForm):
    """E-mail and password; where only admins may use one, everybody else hears what is said of a
    wrong password, so that nobody learns that it was right."""

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        if not may_use_password(user):
            raise self.get_invalid_login_error()


class MappingTable(forms.Widget):
    """A line for each group with the values that give it; `groups` are those that can be given."""

    groups: tuple[Group, ...] = ()

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        values = value or {}
        rows = [
            {
                "name": f"{name}-{group.pk}",
                "group": group.name,
                "value": values.get(group.pk, ""),
            }
            for group in self.groups
        ]
        return render_to_string("accounts/parts/group_mapping.html", {"rows": rows})

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> dict[int, str]:
        return {group.pk: str(data.get(f"{name}-{group.pk}", "")) for group in self.groups}

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False


class MappingField(forms.Field):
    """Values of the claim by group: {3: "staff, night shift"} → [Mapped(...), ...]."""

    widget = MappingTable

    def offer(self, groups: list[Group]) -> None:
        self.widget.groups = tuple(groups)

    def clean(self, value: dict[int, str]) -> list[Mapped]:
        found = []
        for group in self.widget.groups:
            for text in values_in(value.get(group.pk, "")):
                if len(text) > LONGEST_VALUE:
                    raise ValidationError(
                        _("A value can have %(most)s characters."), params={"most": LONGEST_VALUE}
                    )
                found.append(Mapped(text, group))
        return found


class ProviderForm(forms.ModelForm):
    """The secret is written only: nobody reads it here again."""

    actor: ClassVar[User]

    client_secret = forms.CharField(
        label=_("Client secret"),
        required=False,
        max_length=500,
        strip=True,
        widget=PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Kept encrypted and never shown. Empty: the former one stays."),
    )
    forgets_secret = forms.BooleanField(
        label=_("Without client secret"),
        required=False,
        widget=Switch,
        help_text=_("For a public client. A secret that was kept is deleted."),
    )
    domains = forms.CharField(
        label=_("E-mail domains"),
        required=False,
        max_length=1000,
        widget=TextInput,
        help_text=_(
            "Only people with such e-mails are linked or created, for example example.com. "
            "Empty: any."
        ),
    )
    default_groups = forms.ModelMultipleChoiceField(
        label=_("Groups of new users"),
        queryset=Group.objects.none(),
        required=False,
        widget=Checkboxes,
        help_text=_("Without a group a new user sees nothing but the dashboard."),
    )
    mappings = MappingField(
        label=_("Groups by claim"),
        required=False,
        help_text=_(
            "Values divided by commas. Whoever brings one is given the group, and whoever brings "
            "none loses it, at each log-in. Groups without values are never touched."
        ),
    )

    class Meta:
        model = IdentityProvider
        fields = (
            "button_label",
            "issuer",
            "client_id",
            "is_enabled",
            "trusts_emails",
            "creates_users",
            "groups_claim",
            "password_for",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "mappings" not in self.fields:
            return
        groups = grantable_groups(self.actor)
        self.fields["default_groups"].queryset = groups
        self.mapping.offer(list(groups))
        if self.instance.pk:
            self.initial["domains"] = ", ".join(self.instance.email_domains)
            self.initial["default_groups"] = self.instance.default_groups.all()
            values: dict[int, list[str]] = {}
            for row in self.instance.mappings.all():
                values.setdefault(row.group_id, []).append(row.claim_value)
            self.initial["mappings"] = {pk: ", ".join(texts) for pk, texts in values.items()}

    @property
    def mapping(self) -> MappingField:
        field = self.fields["mappings"]
        assert isinstance(field, MappingField)
        return field

    def clean_issuer(self) -> str:
        issuer = str(self.cleaned_data["issuer"]).strip()
        try:
            check_address(issuer)
        except AddressInvalid as error:
            raise ValidationError(str(error)) from error
        if "?" in issuer or "#" in issuer:
            raise ValidationError(_("An issuer is an address without ? and #."))
        return issuer

    def clean_domains(self) -> list[str]:
        domains = domains_in(self.cleaned_data["domains"])
        for domain in domains:
            if "." not in domain or "@" in domain:
                raise ValidationError(
                    _("%(domain)s is no domain such as example.com."), params={"domain": domain}
                )
        return domains

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        self.instance.email_domains = values.get("domains", [])
        if values.get("forgets_secret") and values.get("client_secret"):
            self.add_error("forgets_secret", _("Enter a secret, or tick this, not both."))
        return values

    def secret(self) -> str | None:
        """Return the new secret, "" for none, None for the one that is kept."""
        if self.cleaned_data.get("forgets_secret"):
            return ""
        return self.cleaned_data.get("client_secret") or None
