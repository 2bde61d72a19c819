"""What would become of a record, as pages show it before anybody asks for it."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.charge_records.choices import (
    BDR_DETAIL_CHOICES,
    BDR_MAIN_BADGES,
    EKA_BADGES,
    KEPT_SENTENCES,
)
from apps.charge_records.domain.evaluation import DETAIL_OF, Standing
from apps.charge_records.domain.statuses import ERROR_DETAILS, IMPLAUSIBLE
from apps.charge_records.models import ChargeRecord
from apps.charge_records.selectors.evaluation import Prospect
from apps.charge_records.views.deeds import Deed
from apps.portal.badges import Badge

Text = str | Promise


@dataclass(frozen=True, slots=True)
class ShownStanding:
    """A status with its badges and the detailed status in words."""

    bdr: Badge
    detail: Text
    eka: Badge
    energy_wh: int

    @classmethod
    def of(cls, standing: Standing) -> "ShownStanding":
        titles = dict(BDR_DETAIL_CHOICES)
        return cls(
            BDR_MAIN_BADGES[standing.main.value],
            titles[standing.detail.value] if standing.detail else "",
            EKA_BADGES[standing.eka.value],
            standing.energy_wh,
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """A prospect as pages show it, with sentences that say what follows, or why nothing does."""

    prospect: Prospect
    before: ShownStanding
    after: ShownStanding
    sentences: list[Text]

    @property
    def record(self) -> ChargeRecord:
        return self.prospect.record


def shown_of(prospect: Prospect, deed: Deed | None = None) -> Shown:
    sentences = [*effects(prospect)]
    if deed is not None:
        sentences += sentences_of(prospect, deed)
    elif prospect.has_changed:
        sentences += kept_sentences(prospect)
    else:
        sentences += reasons_to_stay(prospect)
    before, after = ShownStanding.of(prospect.before), ShownStanding.of(prospect.after)
    return Shown(prospect, before, after, sentences)


def effects(prospect: Prospect) -> list[Text]:
    """Return what a change means for the figures of the day."""
    was, will_be = (one.main in IMPLAUSIBLE for one in (prospect.before, prospect.after))
    if was == will_be:
        return []
    if will_be:
        return [_("Session and energy no longer count in the figures of the day.")]
    return [_("Session and energy count in the figures of the day.")]


def sentences_of(prospect: Prospect, deed: Deed) -> list[Text]:
    """Return why a deed shows no effect, where it shows none."""
    if not deed.is_open(prospect.marks):
        return [_("Nothing is to be done: it is so already.")]
    if deed.is_set and prospect.after.detail in ERROR_DETAILS:
        return [_("An error comes before: this counts once the error is mended.")]
    if deed.is_set and prospect.after.detail is not DETAIL_OF[deed.mark]:
        return [_("Another exclusion comes before it; this one is kept beside it.")]
    return []


def reasons_to_stay(prospect: Prospect) -> list[Text]:
    """Return why an evaluation changes nothing."""
    sentences: list[Text] = [_("Nothing changed: the facts give the same status.")]
    titles = dict(BDR_DETAIL_CHOICES)
    found = [str(titles[finding.value]) for finding in prospect.after.findings]
    if found:
        sentences.append(_("Still found: %(findings)s.") % {"findings": ", ".join(found)})
    return sentences + kept_sentences(prospect)


def kept_sentences(prospect: Prospect) -> list[Text]:
    return [KEPT_SENTENCES[prospect.kept]] if prospect.kept else []
