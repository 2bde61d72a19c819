"""Forms about second factors; what is typed is judged by services."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.services.factors import NAME_LENGTH
from apps.portal.widgets import PasswordInput, Switch, TextInput


class CodeForm(forms.Form):
    """A code of an authenticator app, or a recovery code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )


class OwnCurrentPasswordForm(forms.Form):
    """The own password, once more."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=4096,
        widget=PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PasskeyNameForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=NAME_LENGTH,
        widget=TextInput(attrs={"autocomplete": "off"}),
        help_text=_("So that you know it again, for example: Laptop at work."),
    )


class SecondFactorRuleForm(forms.Form):
    """Whether everybody of the tenant must have a second factor."""

    is_required = forms.BooleanField(
        label=_("Everybody needs a second factor"),
        required=False,
        widget=Switch,
        help_text=_(
            "Whoever has none is led to set one up after the log-in and reaches nothing else "
            "until then. This also holds for people who are logged in now, and for you."
        ),
    )
