"""Telling of malfunctions and maintenance."""

from datetime import datetime

from django.db import transaction

from apps.help.domain.malfunctions import LAST_STAGES, Stage
from apps.help.models import Malfunction, MalfunctionUpdate
from apps.help.selectors.notices import Texts, open_notices


def tell(
    malfunction: Malfunction, stage: Stage, texts: Texts, *, by: str, now: datetime
) -> MalfunctionUpdate:
    """Add an update; the last stage resolves the malfunction, another one opens it again.

    A malfunction that is not saved yet is saved with it. `texts` by language, English at least.
    """
    with transaction.atomic():
        if malfunction.pk is not None:
            # One row below the other: two people may be writing.
            Malfunction.objects.select_for_update().get(pk=malfunction.pk)
        malfunction.told_at = now
        malfunction.resolved_at = now if stage in LAST_STAGES else None
        malfunction.save()
        update = MalfunctionUpdate.objects.create(
            malfunction=malfunction, at=now, stage=stage.value, texts=texts, written_by=by
        )
        transaction.on_commit(open_notices.forget)
    return update


def change(malfunction: Malfunction) -> None:
    """Save what the form changed."""
    malfunction.save()
    transaction.on_commit(open_notices.forget)
