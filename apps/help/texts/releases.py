"""What each version brought, in words for those who use the portal; newest first."""

from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Release:
    """`version` as in pyproject.toml; `parts`: a heading with its sentences each."""

    version: str
    released_on: date
    parts: tuple[tuple[Text, tuple[Text, ...]], ...]

    @property
    def anchor(self) -> str:
        return f"v{self.version.replace('.', '-')}"


RELEASES = (
    Release(
        "0.1.0",
        date(2026, 11, 24),
        (
            (
                _("Charging stations"),
                (
                    _("Chargers with OCPP 1.6J connect, in all three security profiles."),
                    _("Commands from the portal show the charger's answer without reloading."),
                    _("Every message is kept with its answer and can be searched."),
                    _("Certificates of stations are signed, renewed and revoked here."),
                ),
            ),
            (
                _("Charging sessions"),
                (
                    _("Activations are followed live, from the card to the receipt."),
                    _(
                        "Charge records are checked for plausibility; each finding comes with its "
                        "cause and what to do."
                    ),
                    _("Signed meter values are verified; CheckBill shows each step."),
                    _("Records can be filtered and downloaded as CSV or Excel file."),
                ),
            ),
            (
                _("People and companies"),
                (
                    _("Users, groups of your own making, and limits to locations."),
                    _("Passkeys, authenticator apps and single sign-on."),
                    _("An audit trail of changes, log-ins and commands that nobody can alter."),
                    _("The portal and its mails in your brand and in nine languages."),
                ),
            ),
            (
                _("Help"),
                (_("Questions and answers, documents, and a status page with a public part."),),
            ),
        ),
    ),
)


def newest() -> str:
    """Return the newest version."""
    return RELEASES[0].version


def is_new_since(version: str, seen: str) -> bool:
    """Say whether a version came after the one that was seen ("" for nobody who looked)."""
    return not seen or numbers(version) > numbers(seen)


def numbers(version: str) -> tuple[int, ...]:
    """Return "0.10.2" as (0, 10, 2), which sorts as versions do."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())
