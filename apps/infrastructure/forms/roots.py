"""Commands about the root certificates that a station trusts (OCPP 1.6 security white paper)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.infrastructure.domain.certificates import CertificateFault, check_authority
from apps.infrastructure.domain.signing import REQUEST_MAX
from apps.infrastructure.forms.commands import CommandForm
from apps.infrastructure.forms.security import AUTHORITY_FAULTS
from apps.infrastructure.models import Station
from apps.infrastructure.selectors.roots import installed_roots
from apps.vocabulary.commands import Command

ROOT_USES = [
    ("central_system_root", _("Our server: whose certificate the station expects here")),
    ("manufacturer_root", _("Manufacturer: whose signature makes firmware valid")),
]
ROOT_USE_LABELS = {
    "central_system_root": _("Server"),
    "manufacturer_root": _("Manufacturer"),
}


class UseForm(CommandForm):
    use = forms.ChoiceField(label=_("For what"), choices=ROOT_USES, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["use"].initial = ROOT_USES[0][0]


class ReadRootsForm(UseForm):
    command = Command.GET_INSTALLED_CERTIFICATES
    name = "read-roots"
    title = _("Read root certificates")
    icon = "sync"
    submit = _("Read")

    def parameters(self) -> dict[str, Any]:
        return {"use": self.cleaned_data["use"]}


class InstallRootForm(UseForm):
    command = Command.INSTALL_CERTIFICATE
    name = "install-root"
    title = _("Install root certificate")
    icon = "add_moderator"
    text = _("The station trusts whatever this root has signed.")
    submit = _("Install")

    # InstallCertificate.req: as long as a request for a certificate.
    certificate = forms.CharField(
        label=_("Certificate"),
        max_length=REQUEST_MAX,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "cy-mono"}),
        help_text=_("PEM, beginning with -----BEGIN CERTIFICATE-----."),
    )

    def clean_certificate(self) -> str:
        text: str = self.cleaned_data["certificate"]
        try:
            check_authority(text)
        except CertificateFault as fault:
            raise forms.ValidationError(AUTHORITY_FAULTS.get(str(fault), str(fault))) from fault
        return text

    def parameters(self) -> dict[str, Any]:
        return {"use": self.cleaned_data["use"], "certificate": self.cleaned_data["certificate"]}


class DeleteRootForm(CommandForm):
    command = Command.DELETE_CERTIFICATE
    name = "delete-root"
    title = _("Delete root certificate")
    icon = "remove_moderator"
    text = _("Without the root of our server the station may not find its way back to us.")
    submit = _("Delete")
    is_dangerous = True

    root = forms.ChoiceField(label=_("Root certificate"))

    def __init__(self, *args: Any, station: Station, **kwargs: Any) -> None:
        super().__init__(*args, station=station, **kwargs)
        self.roots = {root.key: root for root in installed_roots(station)}
        self.fields["root"].choices = [  # type: ignore[attr-defined]
            (key, f"{ROOT_USE_LABELS[root.use]}: {root.parameters['serial_number']}")
            for key, root in self.roots.items()
        ]

    def parameters(self) -> dict[str, Any]:
        return dict(self.roots[self.cleaned_data["root"]].parameters)


ROOT_FORMS: dict[str, type[CommandForm]] = {
    form.name: form for form in (ReadRootsForm, InstallRootForm, DeleteRootForm)
}
