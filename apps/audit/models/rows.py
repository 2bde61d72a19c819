"""Query sets whose bulk writes stand in the trail, too."""

from collections.abc import Callable
from typing import Any

from django.db import models, transaction

Hook = Callable[..., Any]


class BulkHooks:
    """What follows bulk writes; `services.watch` puts its functions here (models know no service).

    `before_update(queryset, names)` returns what `after_update(model, before)` needs, or None when
    no watched field is among the names.
    """

    before_update: Hook | None = None
    after_update: Hook | None = None
    after_create: Hook | None = None


class AuditedQuerySet(models.QuerySet[Any]):
    """For watched models: `update`, `bulk_update` and `bulk_create` record each row they write."""

    def update(self, **kwargs: Any) -> int:
        if BulkHooks.before_update is None or BulkHooks.after_update is None:
            return super().update(**kwargs)
        with transaction.atomic(using=self.db):
            before = BulkHooks.before_update(self, set(kwargs))
            changed = super().update(**kwargs)
            if before:
                BulkHooks.after_update(self.model, before)
        return changed

    update.alters_data = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> list[Any]:
        """Create the rows. Raises TypeError where nobody could say what was created."""
        if kwargs.get("ignore_conflicts") or kwargs.get("update_conflicts"):
            raise TypeError(
                f"{self.model.__name__} is watched by the audit trail, which has to know what was "
                "created: find the conflicts first and create the rest."
            )
        with transaction.atomic(using=self.db):
            made = super().bulk_create(objs, *args, **kwargs)
            if BulkHooks.after_create is not None:
                BulkHooks.after_create(self.model, made)
        return made
