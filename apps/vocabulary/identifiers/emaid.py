"""E-mobility account identifiers (EMAID): syntax, check character, the older DIN form.

Sources: ISO 15118-1 annex H and DIN SPEC 91286 as restated in the project's domain facts, 2;
BDEW bdew-codes.de.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from apps.vocabulary.identifiers.countries import COUNTRY_CODES

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ISO_BODY_LENGTH = 14
DIN_BODY_LENGTH = 11
ISO_GROUPS = (2, 3, 9)
DIN_GROUPS = (2, 3, 6)

_P = ((0, 1), (1, 1))
_Q = ((0, 1), (1, 2))

Matrix = tuple[tuple[int, int], tuple[int, int]]


class Reason(StrEnum):
    """Why a text is no contract id; the first rule that fails."""

    LENGTH = "LENGTH"
    COUNTRY = "COUNTRY"
    CHARACTER = "CHARACTER"
    CHECK_DIGIT = "CHECK_DIGIT"


class Syntax(StrEnum):
    ISO = "iso"
    DIN = "din"


class IdentifierError(ValueError):
    """The text is no valid identifier; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Emaid:
    """A contract id. The check character is no part of the identity (`body` is).

    `check` always fits; in DIN syntax `check_as_given` may differ, which is worth a warning.
    """

    syntax: Syntax
    country: str
    provider: str
    instance: str
    check: str
    check_as_given: str = ""

    @property
    def body(self) -> str:
        """14 characters (ISO) or 11 (DIN), capitals, no separators."""
        return self.country + self.provider + self.instance

    @property
    def normalized(self) -> str:
        """The form that is stored: "DE8AACA2B3C4D5L"."""
        return self.body + self.check

    @property
    def display(self) -> str:
        """The form that is shown: "DE-8AA-CA2B3C4D5-L"."""
        return f"{self.country}-{self.provider}-{self.instance}-{self.check}"

    @property
    def has_doubtful_check(self) -> bool:
        """A check digit was given that does not fit (DIN only; ISO is refused)."""
        return self.check_as_given not in ("", self.check)


def parse_emaid(text: str) -> Emaid:
    """Return the contract id in a text; IdentifierError names the first rule that fails.

    Hyphens (DIN: `*` too) all or none; the check character may be left out. The length without
    separators tells the syntax: 11 or 12 DIN, 14 or 15 ISO.
    """
    if not text.isascii():
        raise IdentifierError(Reason.CHARACTER)
    plain, groups = _without_separators(text.strip().upper())
    if len(plain) in (ISO_BODY_LENGTH, ISO_BODY_LENGTH + 1):
        return _parse(plain, groups, Syntax.ISO)
    if len(plain) in (DIN_BODY_LENGTH, DIN_BODY_LENGTH + 1):
        return _parse(plain, groups, Syntax.DIN)
    raise IdentifierError(Reason.CHARACTER if _has_foreign(plain) else Reason.LENGTH)


def same_contract(one: str, other: str) -> bool:
    """Tell whether two texts name one contract; IdentifierError where one is no contract id."""
    return parse_emaid(one).body == parse_emaid(other).body


def check_character(body: str) -> str:
    """Return the check character of ISO 15118-1 for 14 capitals and digits.

    Example: "DE8AACA2B3C4D5" -> "L". Detects single errors and transpositions.
    """
    s, t = (0, 0), (0, 0)
    p, q = _P, _Q
    for character in body:
        index = ALPHABET.index(character)
        s = _add(s, _times((index // 18, index // 9 % 2), p), 2)
        t = _add(t, _times((index % 9 // 3, index % 3), q), 3)
        p, q = _product(p, _P, 2), _product(q, _Q, 3)
    x = -t[1] % 3
    y = (-t[0] - x) % 3
    return ALPHABET[18 * s[0] + 9 * s[1] + 3 * x + y]


def din_check_digit(body: str) -> str:
    """Return the check digit of DIN SPEC 91286 (0 to 9 or X) for 11 characters."""
    total, k = 0, 0
    for character in body:
        value = ALPHABET.index(character)
        if value < 10:
            total += value << k
            k += 1
        else:
            total += (value // 10 << k) + (value % 10 << (k + 1))
            k += 2
    remainder = total % 11
    return "X" if remainder == 10 else str(remainder)


def din_to_iso(din: Emaid, *, prefix: str = "C0") -> Emaid:
    """Return the ISO form of a DIN id: prefix "C0" (eMI3) or the older "00", six characters, digit.

    Example: NL-TNM-012204-5 -> NL-TNM-C00122045-K.
    """
    instance = prefix + din.instance + din.check
    body = din.country + din.provider + instance
    return Emaid(Syntax.ISO, din.country, din.provider, instance, check_character(body))


def iso_to_din(iso: Emaid) -> Emaid | None:
    """Return the DIN form of an ISO id; None unless it came from one (prefix C0 or 00)."""
    prefix, instance, digit = iso.instance[:2], iso.instance[2:8], iso.instance[8:]
    if prefix not in ("C0", "00"):
        return None
    check = din_check_digit(iso.country + iso.provider + instance)
    if digit != check:
        return None
    return Emaid(Syntax.DIN, iso.country, iso.provider, instance, check)


def _without_separators(text: str) -> tuple[str, tuple[int, ...] | None]:
    """Return the text without separators and the lengths of its groups (None: it has none)."""
    for separator in "-*":
        if separator in text:
            groups = text.split(separator)
            return "".join(groups), tuple(map(len, groups))
    return text, None


def _parse(plain: str, groups: tuple[int, ...] | None, syntax: Syntax) -> Emaid:
    is_iso = syntax is Syntax.ISO
    sizes = ISO_GROUPS if is_iso else DIN_GROUPS
    length = sum(sizes)
    given = plain[length:]
    if plain[:2] not in COUNTRY_CODES or (groups is not None and groups[0] != 2):
        raise IdentifierError(Reason.CHARACTER if _has_foreign(plain[:2]) else Reason.COUNTRY)
    if _has_foreign(plain):
        raise IdentifierError(Reason.CHARACTER)
    if groups is not None and groups != (*sizes, *([1] if given else [])):
        raise IdentifierError(Reason.LENGTH)
    body = plain[:length]
    check = check_character(body) if is_iso else din_check_digit(body)
    if is_iso and given not in ("", check):
        raise IdentifierError(Reason.CHECK_DIGIT)
    return Emaid(syntax, body[:2], body[2:5], body[5:], check, given)


def _has_foreign(text: str) -> bool:
    return any(character not in ALPHABET for character in text)


def _times(row: tuple[int, int], matrix: Matrix) -> tuple[int, int]:
    return (
        row[0] * matrix[0][0] + row[1] * matrix[1][0],
        row[0] * matrix[0][1] + row[1] * matrix[1][1],
    )


def _add(one: tuple[int, int], other: tuple[int, int], modulus: int) -> tuple[int, int]:
    return ((one[0] + other[0]) % modulus, (one[1] + other[1]) % modulus)


def _product(one: Matrix, other: Matrix, modulus: int) -> Matrix:
    first, second = _times(one[0], other), _times(one[1], other)
    return (
        (first[0] % modulus, first[1] % modulus),
        (second[0] % modulus, second[1] % modulus),
    )
