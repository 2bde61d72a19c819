"""The forms of a brand, in the portal and in the console, and of a tenant's legal texts."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.portal.widgets import EmailInput, FileInput, TextInput, UrlInput
from apps.tenants.domain.markup import LONGEST
from apps.tenants.files import REMOVED_LABELS, cleaned_file
from apps.tenants.models import Brand

LOOK = ("product_name", "hue", "logo", "logo_dark", "favicon")
CONTACT = ("support_name", "support_email", "support_phone", "support_url")
MAILS = ("mail_sender_name", "mail_reply_to")
LEGAL = ("imprint_url", "privacy_url")


class HueInput(forms.NumberInput):
    """A slider around the colour circle; `brand.js` paints the preview."""

    input_type = "range"

    def __init__(self) -> None:
        super().__init__(attrs={"min": 0, "max": 359, "step": 1, "class": "sh-hue", "data-hue": ""})


def https_field(name: str) -> forms.URLField:
    """Return the form field of an address; what is typed without a scheme becomes https."""
    model_field = Brand._meta.get_field(name)
    field: Any = model_field.formfield(  # type: ignore[union-attr]
        form_class=forms.URLField, assume_scheme="https", widget=UrlInput
    )
    return field


class BrandForm(forms.ModelForm):
    """Files are cleaned before anything is kept; `removed` says what was taken out of which."""

    support_url = https_field("support_url")
    imprint_url = https_field("imprint_url")
    privacy_url = https_field("privacy_url")

    class Meta:
        model = Brand
        fields = (*LOOK, *CONTACT, *MAILS, *LEGAL)
        widgets = {
            "product_name": TextInput(attrs={"data-brand-name": ""}),
            "hue": HueInput,
            **{
                name: FileInput(attrs={"data-brand-file": name, "accept": accept})
                for name, accept in (
                    ("logo", ".svg,.png"),
                    ("logo_dark", ".svg,.png"),
                    ("favicon", ".svg,.png,.ico"),
                )
            },
            "support_name": TextInput,
            "support_email": EmailInput,
            "support_phone": TextInput,
            "mail_sender_name": TextInput(attrs={"data-brand-sender": ""}),
            "mail_reply_to": EmailInput,
        }
        help_texts = {"hue": _("The palette made from it keeps its contrast for every hue.")}

    class Media:
        css = {"all": ("portal/pages.css",)}
        js = ("portal/brand.js",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.removed: dict[str, list[str]] = {}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        for name in Brand.FILES:
            if isinstance(values.get(name), UploadedFile):
                self.clean_file(name)
        return self.cleaned_data

    def clean_file(self, name: str) -> None:
        """Put what is kept of the upload in its place."""
        try:
            file, removed = cleaned_file(self.cleaned_data[name])
        except ValidationError as error:
            self.add_error(name, error)
            return
        self.cleaned_data[name] = file
        if removed:
            self.removed[name] = [str(REMOVED_LABELS[kind]) for kind in removed]

    def tell_removed(self, request: HttpRequest) -> None:
        """Tell what was taken out of the drawings that were just saved."""
        for name, parts in self.removed.items():
            text = _("%(field)s: taken out of the drawing: %(parts)s. Check how it looks.")
            label = self.fields[name].label
            messages.warning(request, text % {"field": label, "parts": ", ".join(parts)})


class LegalTextForm(forms.Form):
    """One text in one language; empty: there is none."""

    text = forms.CharField(
        label=_("Text"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 24, "class": "sh-text"}),
    )
