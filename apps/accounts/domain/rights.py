"""Rights in the portal's words: a table of subjects and actions over Django's permissions.

A permission is `app_label.action_model`: "infrastructure.change_station" is the action `change` on
the subject that the model `infrastructure.station` belongs to. A model that no subject names makes
a subject of its own, so what a new room brings is in the table too.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.tenants.domain.gates import Gate

ACTIONS = (
    *("view", "add", "change", "delete", "import", "export", "command", "secure", "check"),
    *("exclude", "evaluate"),
)

SUBJECTS: dict[str, tuple[str, ...]] = {
    "infrastructure": (
        "infrastructure.station",
        "infrastructure.chargepoint",
        "infrastructure.connector",
        "infrastructure.meter",
        "infrastructure.statuschange",
        "infrastructure.stationcertificate",
    ),
    "security": ("infrastructure.securitypolicy", "infrastructure.certificateauthority"),
    "products": ("infrastructure.productassignment",),
    "commands": ("infrastructure.stationcommand",),
    "messages": ("ocpp.messageexchange",),
    "activations": ("charge_records.activation", "charge_records.chargingsession"),
    "charge_records": (
        "charge_records.chargerecord",
        "charge_records.dailytotal",
        "charge_records.hourlytotal",
    ),
    "drivers": ("accounts.driveridentity",),
    "cards": ("emaid.card",),
    "users": ("accounts.user",),
    "groups": ("auth.group",),
    "locations": ("accounts.location",),
    "brand": ("tenants.brand",),
    "views": ("portal.savedview",),
    "sign_in": ("accounts.identityprovider", "accounts.sessiontimes"),
}
SUBJECT_OF = {model: subject for subject, models in SUBJECTS.items() for model in models}

GATE_OF = {"cards": Gate.EMAID_MANAGEMENT}
"""Subjects whose rights count only once the tenant has booked something."""

PRICE_APPS = frozenset({"tariffs", "vouchers"})
"""Rooms whose rights only count for tenants with eMarketplace (ACC-01)."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One right of the table and the permissions that make it; `name` is `subject:action`."""

    subject: str
    action: str
    permissions: frozenset[str]

    @property
    def name(self) -> str:
        return f"{self.subject}:{self.action}"


def cell_of(permission: str) -> tuple[str, str]:
    """Return subject and action: "emaid.view_card" -> ("cards", "view")."""
    app_label, _dot, codename = permission.partition(".")
    action, _line, model = codename.partition("_")
    name = f"{app_label}.{model}"
    return SUBJECT_OF.get(name, name), action


def cells(permissions: Iterable[str]) -> list[Cell]:
    """Return the table's cells that these permissions fill, in the order of the table."""
    found: dict[tuple[str, str], set[str]] = {}
    for permission in permissions:
        found.setdefault(cell_of(permission), set()).add(permission)
    return [
        Cell(subject, action, frozenset(names))
        for (subject, action), names in sorted(found.items(), key=lambda item: place(*item[0]))
    ]


def place(subject: str, action: str) -> tuple[int, str, int, str]:
    """Return where a cell stands: known subjects first, in their order, then the others."""
    subjects = list(SUBJECTS)
    row = subjects.index(subject) if subject in subjects else len(subjects)
    return row, subject, *column(action)


def column(action: str) -> tuple[int, str]:
    """Return where the column of an action stands: known actions first, in their order."""
    return ACTIONS.index(action) if action in ACTIONS else len(ACTIONS), action


def chosen_cells(offered: Iterable[Cell], held: set[str]) -> list[Cell]:
    """Return the cells of which something is held.

    A part is enough: an upgrade may have added a permission to a cell, and a group that was made
    before must not lose the rest of it when it is saved.
    """
    return [cell for cell in offered if cell.permissions & held]


def without_prices(permissions: Iterable[str], *, has_marketplace: bool) -> set[str]:
    """Return the permissions that count for the tenant: those on prices need eMarketplace."""
    return {
        permission
        for permission in permissions
        if has_marketplace or permission.partition(".")[0] not in PRICE_APPS
    }
