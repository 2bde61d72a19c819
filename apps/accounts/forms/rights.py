"""The table of rights: to look at, and to tick."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.apps import apps
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from apps.accounts.choices import ACTION_LABELS, SUBJECT_LABELS
from apps.accounts.domain.rights import GATE_OF, Cell, cells, chosen_cells, column
from apps.accounts.domain.roles import ADMIN, PERMISSIONS
from apps.accounts.models import User
from apps.accounts.selectors import grantable_permissions
from apps.portal.gates import sentence
from apps.tenants.choices import GATE_LABELS
from apps.tenants.domain.gates import Gate, Missing, missing_for_tenant
from apps.tenants.selectors import booked_products, current_tenant, missing_products


@dataclass(frozen=True, slots=True)
class ClosedSubject:
    """A row of the table that waits for a product; `subject` None: the prices'."""

    subject: str | None
    gate: Gate
    missing: list[Missing]


def closed_subjects(actor: User, *, today: date) -> list[ClosedSubject]:
    """Return which rights of the actor count only once something is booked."""
    closed = [
        ClosedSubject(subject, gate, missing)
        for subject, gate in GATE_OF.items()
        if (missing := missing_products(gate, today))
    ]
    held = set(PERMISSIONS[ADMIN]) & actor.get_all_permissions()
    if held - grantable_permissions(actor, today=today):
        missing = missing_for_tenant(Gate.PRICES, booked=booked_products(current_tenant(), today))
        closed.append(ClosedSubject(None, Gate.PRICES, missing))
    return closed


def subject_label(subject: str) -> str:
    """Return the portal's word for a subject; of one that we have no word for the model's own."""
    if subject in SUBJECT_LABELS:
        return str(SUBJECT_LABELS[subject])
    try:
        return capfirst(str(apps.get_model(subject)._meta.verbose_name_plural))
    except LookupError:
        return subject


def action_label(action: str) -> str:
    return str(ACTION_LABELS.get(action, action))


def table(
    offered: Iterable[Cell], chosen: Collection[str], closed: Iterable[ClosedSubject] = ()
) -> dict[str, Any]:
    """Return the table's columns and rows.

    A row is `{"label", "note", "cells": [{"name", "label", "is_on"}]}`: where a subject knows no
    such action the cell is None; the note says of a closed subject what has to be booked first.
    """
    notes = {one.subject: sentence(one.gate, one.missing) for one in closed}
    offered = list(offered)
    actions = sorted({cell.action for cell in offered}, key=column)
    by_place = {(cell.subject, cell.action): cell for cell in offered}
    rows: list[dict[str, Any]] = []
    for subject in dict.fromkeys(cell.subject for cell in offered):
        label = subject_label(subject)
        row: list[dict[str, Any] | None] = []
        for action in actions:
            cell = by_place.get((subject, action))
            text = f"{label}: {action_label(action)}"
            row.append(
                {"name": cell.name, "label": text, "is_on": cell.name in chosen} if cell else None
            )
        rows.append({"label": label, "note": notes.get(subject, ""), "cells": row})
    if prices := notes.get(None):
        rows.append(
            {"label": str(GATE_LABELS[Gate.PRICES]), "note": prices, "cells": [None] * len(actions)}
        )
    return {"columns": [action_label(action) for action in actions], "rows": rows}


def show_rights(held: set[str]) -> str:
    """Return the rights that somebody holds as a table to look at."""
    offered = cells(held)
    return render_to_string(
        "accounts/rights_table.html", table(offered, {cell.name for cell in offered})
    )


class RightsTable(forms.CheckboxSelectMultiple):
    """A table of boxes; `offered` are the cells that can be ticked."""

    offered: tuple[Cell, ...] = ()
    closed: tuple[ClosedSubject, ...] = ()

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        context = {
            **table(self.offered, set(value or ()), self.closed),
            "name": name,
            "is_form": True,
        }
        return render_to_string("accounts/rights_table.html", context)


class RightsField(forms.MultipleChoiceField):
    """Names of ticked cells."""

    widget = RightsTable

    def offer(self, permissions: set[str], closed: Iterable[ClosedSubject] = ()) -> None:
        """Let the cells be ticked that these permissions fill; say what waits for a product."""
        self.widget.closed = tuple(closed)
        offered = tuple(cells(permissions))
        self.choices = [(cell.name, cell.name) for cell in offered]
        self.widget.offered = offered

    def permissions_of(self, names: Iterable[str]) -> set[str]:
        """Return the permissions behind the ticked cells."""
        ticked = set(names)
        return {
            permission
            for cell in self.widget.offered
            if cell.name in ticked
            for permission in cell.permissions
        }

    def names_of(self, held: set[str]) -> list[str]:
        """Return the cells to tick for somebody who holds these permissions."""
        return [cell.name for cell in chosen_cells(self.widget.offered, held)]
