"""List filters that offer only what the person may see."""

from typing import Any

from django.db.models import Field
from django.http import HttpRequest
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RelatedDropdownFilter,
)

from apps.portal.scope import visible_rows

MAX_OPTIONS = 500


class ScopedRelatedFilter(RelatedDropdownFilter):
    """A drop-down of the related rows that the person may see, at most `MAX_OPTIONS` of them."""

    def field_choices(
        self, field: Field, request: HttpRequest, model_admin: Any
    ) -> list[tuple[Any, str]]:
        rows = visible_rows(field.related_model, request.user).order_by(
            *(field.related_model._meta.ordering or ["pk"])
        )
        return [(row.pk, str(row)) for row in rows[:MAX_OPTIONS]]


class ScopedAutocompleteFilter(AutocompleteSelectFilter):
    """A search field for large related tables; the related admin scopes the answers."""


ChoicesFilter = ChoicesDropdownFilter
