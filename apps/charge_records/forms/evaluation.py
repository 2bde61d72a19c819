"""What a person says when a record is excluded, given as goodwill, or taken back."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.charge_records.services.exclusion import REASON_MAX


class ReasonForm(forms.Form):
    """The reason; it is kept with the record and in the audit trail."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_MAX,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("It is kept with the record. Name no drivers, please."),
    )
