"""Forms of the console about a tenant as a whole: support access, deletion."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.services.support import LONGEST_MINUTES, SHORTEST_MINUTES
from apps.portal.widgets import NumberInput, TextInput
from apps.tenants.services.lifecycle import LONGEST_WAIT, SHORTEST_WAIT


class SupportForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        min_length=10,
        widget=TextInput,
        help_text=_("The people of the tenant read it."),
    )
    minutes = forms.IntegerField(
        label=_("Minutes"),
        min_value=SHORTEST_MINUTES,
        max_value=LONGEST_MINUTES,
        initial=60,
        widget=NumberInput,
        help_text=_("The access ends by itself after this time."),
    )


class DeletionForm(forms.Form):
    """Typed name and tick are the two confirmations."""

    typed_name = forms.CharField(
        label=_("Short name of the tenant"), max_length=40, widget=TextInput
    )
    days = forms.IntegerField(
        label=_("Waiting period in days"),
        min_value=SHORTEST_WAIT.days,
        max_value=LONGEST_WAIT.days,
        initial=30,
        widget=NumberInput,
        help_text=_("Until then the portal is closed, and the deletion can be taken back."),
    )
    is_sure = forms.BooleanField(
        label=_("I know that nothing can be brought back after the waiting period.")
    )
