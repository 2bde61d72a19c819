"""Query sets that tell of their bulk writes: the audit trail listens, signals do not see these."""

from collections.abc import Collection, Iterable
from typing import Any, ClassVar, Protocol

from django.db import models, transaction


class Listener(Protocol):
    """What wants to know of bulk writes, inside their transaction."""

    def listens(self, model: type[models.Model], columns: Collection[str]) -> bool:
        """Say whether a write of these fields or columns (none named: all) is of interest."""

    def before_update(self, rows: models.QuerySet[Any]) -> Any:
        """Return what `after_update` needs."""

    def after_update(self, model: type[models.Model], before: Any) -> None: ...

    def after_create(self, model: type[models.Model], made: list[Any]) -> None: ...


class WatchedQuerySet(models.QuerySet[Any]):
    """`update`, `bulk_update` and `bulk_create` tell the listener of what they write."""

    listener: ClassVar[Listener | None] = None

    def update(self, **kwargs: Any) -> int:
        listener = WatchedQuerySet.listener
        if listener is None or not listener.listens(self.model, kwargs):
            return super().update(**kwargs)
        with transaction.atomic(using=self.db, savepoint=False):
            before = listener.before_update(self)
            changed = super().update(**kwargs)
            listener.after_update(self.model, before)
        return changed

    update.alters_data = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Create the rows. Raises TypeError where nobody could say which were created."""
        listener = WatchedQuerySet.listener
        if listener is None or not listener.listens(self.model, ()):
            return super().bulk_create(objs, *args, **kwargs)
        if kwargs.get("ignore_conflicts") or kwargs.get("update_conflicts"):
            raise TypeError(
                f"{self.model.__name__} is watched by the audit trail, which has to know what was "
                "created: look for the conflicts first and create the rest."
            )
        with transaction.atomic(using=self.db, savepoint=False):
            made = super().bulk_create(objs, *args, **kwargs)
            listener.after_create(self.model, made)
        return made

    bulk_create.alters_data = True  # type: ignore[attr-defined]
