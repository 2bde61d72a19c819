"""The form of a brand, in the portal and in the console, with a hue that is tried out at once."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.portal.widgets import EmailInput, FileInput, TextInput, UrlInput
from apps.tenants.models import Brand


class HueInput(forms.NumberInput):
    """A slider around the colour circle; `shell.js` paints the preview."""

    input_type = "range"

    def __init__(self) -> None:
        super().__init__(attrs={"min": 0, "max": 359, "step": 1, "class": "sh-hue", "data-hue": ""})


class BrandForm(forms.ModelForm):
    imprint_url = forms.URLField(
        label=_("Imprint"), required=False, assume_scheme="https", widget=UrlInput
    )
    privacy_url = forms.URLField(
        label=_("Privacy policy"), required=False, assume_scheme="https", widget=UrlInput
    )

    class Meta:
        model = Brand
        fields = (
            "product_name",
            "hue",
            "logo",
            "favicon",
            "support_email",
            "support_phone",
            "imprint_url",
            "privacy_url",
        )
        widgets = {
            "product_name": TextInput,
            "hue": HueInput,
            "logo": FileInput,
            "favicon": FileInput,
            "support_email": EmailInput,
            "support_phone": TextInput,
        }
        help_texts = {"hue": _("The palette made from it keeps its contrast for every hue.")}
