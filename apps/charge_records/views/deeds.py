"""What a person can do to records by hand: exclude them, give them as goodwill, take that back."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.charge_records.domain.evaluation import Mark
from apps.charge_records.models import ChargeRecord
from apps.charge_records.selectors.evaluation import Marks
from apps.charge_records.services.exclusion import set_mark, take_back

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Deed:
    """What a person can do to records; `name` is the last part of its address."""

    name: str
    mark: Mark
    is_set: bool
    title: Text
    icon: str
    text: Text

    @property
    def step(self) -> Callable[..., ChargeRecord]:
        return set_mark if self.is_set else take_back

    def is_open(self, marks: Marks) -> bool:
        """Say whether it can be done to a record with these marks."""
        return (self.mark in marks) is not self.is_set


DEEDS = (
    Deed(
        "exclude",
        Mark.MANUAL,
        True,
        _("Exclude"),
        "do_not_disturb_on",
        _("The record is left out of the settlement until somebody takes that back."),
    ),
    Deed(
        "exclude-end",
        Mark.MANUAL,
        False,
        _("Take the exclusion back"),
        "undo",
        _("The record is judged as if nobody had excluded it."),
    ),
    Deed(
        "goodwill",
        Mark.GOODWILL,
        True,
        _("Give as goodwill"),
        "volunteer_activism",
        _("The driver pays nothing: the record is left out of the settlement."),
    ),
    Deed(
        "goodwill-end",
        Mark.GOODWILL,
        False,
        _("Take the goodwill back"),
        "undo",
        _("The record is judged as if it had not been given as goodwill."),
    ),
)
DEED_NAMED = {deed.name: deed for deed in DEEDS}
