"""Which product the chosen stations get, from when to when."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.infrastructure.forms.chosen import ChosenStationsForm
from apps.tenants.choices import PRODUCT_CHOICES
from apps.tenants.domain.products import Product
from apps.tenants.models import BookedProduct, Tenant


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class AssignForm(ChosenStationsForm):
    product = forms.ChoiceField(label=_("Product"))
    starts_on = forms.DateField(
        label=_("Starts on"),
        required=False,
        widget=DayInput,
        help_text=_("Empty: the assignment stays initial until a start is set."),
    )
    ends_on = forms.DateField(
        label=_("Ends on"),
        required=False,
        widget=DayInput,
        help_text=_("The last day. Empty: until further notice."),
    )

    def __init__(self, *args: Any, user: User, tenant: Tenant, today: date, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        booked = set(
            BookedProduct.objects.filter(tenant=tenant)
            .exclude(ends_on__lt=today)
            .values_list("product", flat=True)
        )
        self.fields["product"].choices = [  # type: ignore[attr-defined]
            (value, label) for value, label in PRODUCT_CHOICES if value in booked
        ]
        self.fields["starts_on"].initial = today

    def clean_product(self) -> Product:
        return Product(self.cleaned_data["product"])

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        first, last = values.get("starts_on"), values.get("ends_on")
        if first and last and last < first:
            raise ValidationError({"ends_on": _("The end lies before the start.")})
        return values
