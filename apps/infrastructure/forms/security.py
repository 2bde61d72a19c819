"""Forms of security: a station's new password, its profile, the authorities of a tenant."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.infrastructure.choices import SecurityProfile
from apps.infrastructure.domain.certificates import CertificateFault, check_authority
from apps.infrastructure.models import CertificateAuthority, Station
from apps.infrastructure.selectors.security import security_policy
from apps.infrastructure.services.passwords import LONGEST

PUSH, HERE = "push", "here"


class PasswordForm(forms.Form):
    """`station` decides what is offered: nothing can be sent to a station that is away."""

    password = forms.CharField(
        label=_("HTTP Basic password"),
        max_length=LONGEST,
        required=False,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Leave it empty and a strong one is made. It is shown once, in the next step."),
    )
    delivery = forms.ChoiceField(label=_("How the charger gets it"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, station: Station, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        is_online = station.connection.is_online
        choices = [(HERE, _("I enter it at the charger: the old password ends now."))]
        if is_online:
            choices.insert(
                0, (PUSH, _("Send it now: the old password ends once the station accepts."))
            )
        self.fields["delivery"].choices = choices  # type: ignore[attr-defined]
        self.fields["delivery"].initial = choices[0][0]

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        shortest = security_policy().shortest_password
        if password and len(password) < shortest:
            raise forms.ValidationError(
                _("The HTTP Basic password must have %(shortest)s to %(longest)s characters."),
                params={"shortest": shortest, "longest": LONGEST},
            )
        if not password.isprintable():
            raise forms.ValidationError(_("Use letters, digits and signs only."))
        return password


class ProfileForm(forms.Form):
    security_profile = forms.TypedChoiceField(
        label=_("Security profile"),
        choices=SecurityProfile.choices,
        coerce=int,
        widget=forms.RadioSelect,
        help_text=_("Counts from the next connect on; the open connection stays."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


class AuthorityForm(forms.ModelForm):
    """Certificate and list are read before they are kept: a wrong one would lock stations out."""

    class Meta:
        model = CertificateAuthority
        fields = ["name", "certificate", "revocation_list", "is_trusted"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        try:
            check_authority(data.get("certificate", ""), data.get("revocation_list", ""))
        except CertificateFault as fault:
            field = "revocation_list" if "revocation list" in str(fault) else "certificate"
            self.add_error(field, AUTHORITY_FAULTS.get(str(fault), str(fault)))
        return data


AUTHORITY_FAULTS = {
    "not a certificate in PEM": _("This is no certificate in PEM."),
    "not the certificate of an authority": _("This certificate may not sign other ones."),
    "the key is too short, or of another kind than RSA and EC": _(
        "The key is too short: RSA needs 2048 bits, an elliptic curve 224."
    ),
    "not a revocation list in PEM": _("This is no revocation list in PEM."),
    "the revocation list is not signed by this authority": _(
        "The revocation list is not signed by this authority."
    ),
}
