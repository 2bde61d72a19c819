"""What each status and each error means, what may have caused it, and what to do (CDR-06)."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.charge_records.choices import (
    BDR_DETAIL_CHOICES,
    BDR_MAIN_BADGES,
    BDR_MAIN_SENTENCES,
    ERROR_CLASS_CHOICES,
)
from apps.charge_records.domain.statuses import (
    COUNTED_ERROR_CLASSES,
    ERROR_DETAILS,
    EXCLUSION_DETAILS,
    RESTRICTION_DETAILS,
    BdrDetail,
    BdrMain,
    ErrorClass,
)
from apps.charge_records.explanations import (
    DETAIL_EXPLANATIONS,
    ERROR_EXPLANATIONS,
    Explanation,
)
from apps.charge_records.models import ChargeRecord
from apps.portal.badges import BAD, QUIET, Badge
from apps.portal.rendering import render_page

Text = str | Promise

DETAILS_OF = (
    (BdrMain.ERROR, ERROR_DETAILS),
    (BdrMain.EXCLUSION, EXCLUSION_DETAILS),
    (BdrMain.SUCCESSFUL_WITH_RESTRICTIONS, RESTRICTION_DETAILS),
)
COUNTED = Badge(_("Errors that count in the error rate"), "monitoring", BAD)
NOT_COUNTED = Badge(_("Errors that do not count in the error rate"), "remove", QUIET)


@dataclass(frozen=True, slots=True)
class Entry:
    """`anchor`: where links lead; it stays."""

    anchor: str
    title: Text
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class Group:
    """What belongs to one main status, or to the error rate."""

    slug: str
    badge: Badge
    text: Text
    entries: list[Entry]

    @property
    def title(self) -> Text:
        return self.badge.label


def explanations_page(request: HttpRequest) -> HttpResponse:
    """Show all explanations, grouped as the FAQ does."""
    return render_page(
        request,
        "charge_records/explanations.html",
        {"groups": [*status_groups(), *error_groups()]},
        title=_("Statuses and errors explained"),
        model=ChargeRecord,
    )


def status_groups() -> list[Group]:
    """Return the detailed statuses by main status, in the order of their evaluation."""
    titles = dict(BDR_DETAIL_CHOICES)
    return [
        Group(
            main.value,
            BDR_MAIN_BADGES[main.value],
            BDR_MAIN_SENTENCES[main.value],
            [
                Entry(detail.value, titles[detail.value], DETAIL_EXPLANATIONS[detail])
                for detail in BdrDetail
                if detail in details
            ],
        )
        for main, details in DETAILS_OF
    ]


def error_groups() -> list[Group]:
    """Return the errors of activations: those that count, then those that do not."""
    titles = dict(ERROR_CLASS_CHOICES)

    def entries(is_counted: bool) -> list[Entry]:
        return [
            Entry(anchor_of(error), titles[error.value], ERROR_EXPLANATIONS[error])
            for error in ErrorClass
            if (error in COUNTED_ERROR_CLASSES) is is_counted
        ]

    return [
        Group(
            "counted",
            COUNTED,
            _("An activation with one of these counts as faulty, also where it was settled."),
            entries(True),
        ),
        Group(
            "not-counted",
            NOT_COUNTED,
            _("They are common and no fault of the charge point."),
            entries(False),
        ),
    ]


def anchor_of(error: str) -> str:
    """Return the anchor of an error; statuses have the same codes."""
    return f"error-{error}"
