"""The form of a meter's master data."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.charge_records.domain.ocmf.keys import KeyNotReadableError, read_key
from apps.infrastructure.models import Meter


class MeterForm(forms.ModelForm):
    """Number, key and validity of a meter; a key that cannot be read is refused."""

    class Meta:
        model = Meter
        fields = (
            *("charge_point", "meter_number", "public_key", "calibrated_to"),
            *("valid_from", "valid_to"),
        )

    def clean_public_key(self) -> str:
        """Return the key as it was entered. Raises ValidationError for one that cannot be read."""
        text = self.cleaned_data["public_key"].strip()
        if text:
            try:
                read_key(text)
            except KeyNotReadableError as error:
                raise ValidationError(
                    _(
                        "This is no public key on one of the curves of OCMF. Enter it in hex or "
                        "base64 as the manufacturer names it."
                    )
                ) from error
        return str(text)

    def clean(self) -> dict[str, Any]:
        """Refuse a time of use that ends before it begins."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        begin, end = cleaned.get("valid_from"), cleaned.get("valid_to")
        if begin and end and end <= begin:
            self.add_error("valid_to", _("The end must lie after the begin."))
        return cleaned
