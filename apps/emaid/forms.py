"""The form of an RFID card; the service's rules decide what is a card."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError
from apps.emaid.models import Card
from apps.emaid.services import normalise_emaid, normalise_tag, refuse_reversed


class CardForm(forms.ModelForm):
    """Number and contract are kept the way they are compared; errors stand beside their field."""

    class Meta:
        model = Card
        fields = ("tag", "label", "emaid", "is_blocked", "valid_until")

    def clean_tag(self) -> str:
        try:
            tag = normalise_tag(self.cleaned_data["tag"])
            if self.instance.pk is None:
                refuse_reversed(tag)
        except AppError as error:
            raise forms.ValidationError(str(error)) from error
        if self.instance.pk is None and Card.objects.filter(tag__iexact=tag).exists():
            raise forms.ValidationError(_("There is a card with this number already."))
        return tag

    def clean_emaid(self) -> str:
        try:
            return normalise_emaid(self.cleaned_data.get("emaid") or "")
        except AppError as error:
            raise forms.ValidationError(str(error)) from error

    def card_fields(self) -> dict[str, Any]:
        """Return what `ensure_card` takes beside the tag."""
        names = ("label", "emaid", "is_blocked", "valid_until")
        return {name: self.cleaned_data[name] for name in names}
