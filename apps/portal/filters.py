"""List filters that offer only what the person may see."""

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import ValidationError
from django.db.models import Field, QuerySet
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

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows of what was chosen, and of its parts where the model knows parts."""
        with_parts = getattr(self.field.related_model, "with_parts", None)
        chosen = self.used_parameters.get(self.lookup_kwarg)
        if with_parts is None or not chosen:
            return super().queryset(request, queryset)
        ids = chosen if isinstance(chosen, list) else [chosen]
        try:
            return queryset.filter(**{f"{self.field_path}__in": with_parts(ids).values("pk")})
        except (ValueError, TypeError, ValidationError) as error:
            raise IncorrectLookupParameters(error) from error


class ScopedAutocompleteFilter(AutocompleteSelectFilter):
    """A search field for large related tables; the related admin scopes the answers."""


ChoicesFilter = ChoicesDropdownFilter
