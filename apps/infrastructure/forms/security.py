"""Forms of security: a station's new password, its profile, the authorities of a tenant."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.infrastructure.choices import KEY_KIND_CHOICES, Protocol, SecurityProfile
from apps.infrastructure.domain.certificates import CertificateFault, check_authority
from apps.infrastructure.domain.signing import CHAIN_MAX, KeyKind
from apps.infrastructure.models import CertificateAuthority, Station
from apps.infrastructure.selectors.security import operator_name, security_policy
from apps.infrastructure.services.authorities import AuthorityPlan
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
        fields = ["name", "certificate", "revocation_list", "is_trusted", "certificate_days"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "certificate" not in self.fields:
            # Our own: its texts are made, not entered.
            return data
        try:
            check_authority(data.get("certificate", ""), data.get("revocation_list", ""))
        except CertificateFault as fault:
            field = "revocation_list" if "revocation list" in str(fault) else "certificate"
            self.add_error(field, AUTHORITY_FAULTS.get(str(fault), str(fault)))
        return data


class OwnAuthorityForm(forms.Form):
    """A new authority of the tenant's own."""

    # X.520: a CN has 64 characters at most.
    name = forms.CharField(
        label=_("Name"), max_length=64, help_text=_("Stands in every certificate that it signs.")
    )
    key_kind = forms.ChoiceField(
        label=_("Key"), choices=KEY_KIND_CHOICES, widget=forms.RadioSelect, initial=KeyKind.EC_P256
    )
    years = forms.IntegerField(
        label=_("Validity of the authority in years"), min_value=1, max_value=30, initial=10
    )
    certificate_days = forms.IntegerField(
        label=_("Validity of stations' certificates in days"),
        min_value=7,
        max_value=1825,
        initial=365,
        help_text=_("They are renewed 30 days before their end."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if CertificateAuthority.objects.filter(name=name).exists():
            raise forms.ValidationError(_("There is an authority of this name. Take another name."))
        return name

    def plan(self) -> AuthorityPlan:
        values = self.cleaned_data
        return AuthorityPlan(
            name=values["name"],
            key_kind=KeyKind(values["key_kind"]),
            years=values["years"],
            certificate_days=values["certificate_days"],
        )


class RenewalForm(forms.Form):
    """Before the station is told to ask for a certificate."""

    tells_name = forms.BooleanField(label=_("Send our operator name first"), required=False)

    def __init__(self, *args: Any, station: Station, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        if station.protocol != Protocol.OCPP_16:
            del self.fields["tells_name"]
            return
        self.fields["tells_name"].help_text = _(
            "The station's request must name “%(operator)s” as its operator (CpoName). Needed "
            "before the first certificate."
        ) % {"operator": operator_name()}


class CertificateForm(forms.Form):
    """A certificate that somebody outside has signed."""

    certificate = forms.CharField(
        label=_("Certificate"),
        max_length=CHAIN_MAX,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "class": "cy-mono"}),
        help_text=_(
            "PEM: the station's own certificate first, then those of the authorities between it "
            "and the root."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


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
