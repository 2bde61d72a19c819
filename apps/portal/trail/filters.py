"""The filter bar of the audit trail: time, kind, way, person, object."""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.audit.choices import KIND_CHOICES, WAY_CHOICES
from apps.audit.services.watch import WATCHED
from apps.portal.filterforms import PeriodFilterForm
from apps.portal.trail.wording import model_name

ALL = ("", _("All"))
PEOPLE_AT_MOST = 200


class TrailFilterForm(PeriodFilterForm):
    """The last 30 days by default; `id` narrows to one object of the kind `model`."""

    defaults: ClassVar[dict[str, str]] = {"period": "30d"}
    field_order = ("period", "start", "end", "kind", "way", "model", "person", "search")

    kind = forms.ChoiceField(label=_("What"), required=False, choices=[ALL, *KIND_CHOICES])
    way = forms.ChoiceField(label=_("Way"), required=False, choices=[ALL, *WAY_CHOICES])
    model = forms.ChoiceField(label=_("Kind of object"), required=False)
    person = forms.CharField(label=_("Person"), max_length=100, required=False)
    search = forms.CharField(label=_("Object begins with"), max_length=100, required=False)
    id = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def prepare(self) -> None:
        super().prepare()
        names = sorted(((label, model_name(label)) for label in WATCHED), key=lambda pair: pair[1])
        self.fields["model"].choices = [ALL, *names]  # type: ignore[attr-defined]

    def apply(self, rows: QuerySet[Any], now: datetime) -> QuerySet[Any]:
        """Return the entries that the filter leaves."""
        begin, end = self.bounds(now)
        rows = rows.filter(happened_at__gte=begin)
        if end:
            rows = rows.filter(happened_at__lt=end)
        for name in ("kind", "way", "model"):
            if self.value(name):
                rows = rows.filter(**{name: self.value(name)})
        if self.value("id"):
            rows = rows.filter(object_id=self.value("id"))
        if person := (self.value("person") or "").strip():
            rows = rows.filter(by_person(person))
        if text := (self.value("search") or "").strip():
            rows = rows.filter(object_name__istartswith=text)
        return rows


def by_person(text: str) -> Q:
    """Return a condition for what people of that name or e-mail did; who is gone by full e-mail."""
    people = get_user_model()._default_manager.filter(
        Q(email__icontains=text) | Q(first_name__icontains=text) | Q(last_name__icontains=text)
    )
    keys = list(people.order_by("pk").values_list("pk", flat=True)[:PEOPLE_AT_MOST])
    return Q(actor_id__in=keys) | Q(actor_name=text.lower())
