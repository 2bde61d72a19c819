"""Rights and rows of the person who asks; the portal's base classes know no other way to rows.

A model whose query set has `visible_to(user, action)` decides itself (right first, then location).
Any other model belongs to the tenant as a whole: the right opens all of its rows.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest


def right_name(model: type[Model], action: str) -> str:
    """Return Django's name of the right to do `action`: `infrastructure.command_station`."""
    return f"{model._meta.app_label}.{action}_{model._meta.model_name}"


def has_right(request: HttpRequest, model: type[Model], action: str) -> bool:
    """Say whether the person may do `action` with rows of the model at all."""
    return bool(request.user.is_active and request.user.has_perm(right_name(model, action)))


def visible_rows(model: type[Model], user: Any, action: str = "view") -> QuerySet[Any]:
    """Return the rows of the model with which the user may do `action`."""
    rows = model._default_manager.all()
    if hasattr(rows, "visible_to"):
        return rows.visible_to(user, action)
    if user.is_active and user.has_perm(right_name(model, action)):
        return rows
    return rows.none()


def get_row_or_404(rows: QuerySet[Any], object_id: Any) -> Any:
    """Return the row by primary key. Raises Http404, also for what can be no key."""
    try:
        return rows.get(pk=rows.model._meta.pk.to_python(object_id))
    except (rows.model.DoesNotExist, ValidationError, ValueError, TypeError) as error:
        raise Http404 from error
