"""What makes a password guessable, and how the rules tell of it (ASVS 5.0, 6.2)."""

from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from apps.accounts.domain.passwords import (
    WIDTH,
    digest,
    folded,
    forms,
    is_known,
    is_listed,
    unguessable_length,
    words_of,
)
from apps.accounts.models import User
from apps.accounts.services.password_rules import known_digests
from apps.tenants.models import Tenant

pytestmark = pytest.mark.req("ACC-06")


def codes(password: str, user: User | None = None) -> set[str]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return {str(fault.code) for fault in error.error_list}
    return set()


def test_list_when_loaded_then_large_sorted_and_small_enough() -> None:
    content = known_digests()
    digests = [content[start : start + WIDTH] for start in range(0, len(content), WIDTH)]

    assert len(digests) >= 100_000
    assert len(content) < 4_000_000
    assert digests == sorted(set(digests))


def test_list_when_searched_then_only_what_is_in_it() -> None:
    digests = b"".join(sorted(digest(text) for text in ("aaaa", "bbbb", "cccc")))

    assert all(is_listed(digests, digest(text)) for text in ("aaaa", "bbbb", "cccc"))
    assert not is_listed(digests, digest("dddd"))
    assert not is_listed(b"", digest("aaaa"))


def test_folded_when_there_are_accents_and_capitals_then_neither_counts() -> None:
    assert folded("Straße ÖVRE") == "strasse ovre"


def test_forms_when_signs_stand_around_then_without_them_too() -> None:
    assert {"password", "p4ssword"} <= forms("P4ssword24!")
    assert "dragon" not in forms("dragon8362915047"), "so many digits are a password themselves"


@pytest.mark.parametrize(
    "password, known",
    [
        ("password", True),
        ("Passw0rd1234!", True),
        ("!!iloveyou2024", True),
        ("passwordpassword", True),
        ("correct horse battery", False),
        ("kaffee am steg um acht", False),
        ("Xq7#vT2!mLp9", False),
    ],
)
def test_known_when_asked_then_with_what_people_add(password: str, known: bool) -> None:
    assert is_known(password, known_digests()) is known


@pytest.mark.parametrize(
    "password, words, left",
    [
        ("volt-charging-2024", {"volt", "charging"}, 6),
        ("qwertzuiop12345678", set(), 0),
        ("aaaaaaaaaaaaaaaa", set(), 1),
        ("fdsa lkjh trewq", set(), 2),
        ("Kaffee am Steg", {"volt"}, 14),
        ("", {"volt"}, 0),
    ],
)
def test_length_when_guessable_parts_are_taken_away_then_what_is_left(
    password: str, words: set[str], left: int
) -> None:
    assert unguessable_length(password, words) == left


def test_words_when_made_of_names_then_parts_and_wholes_but_no_short_ones() -> None:
    assert words_of(["Ada Løv", "ada.berg@volt.example"]) == {
        "ada løv", "ada.berg@volt.example", "berg", "volt", "example"
    }  # fmt: skip


@pytest.mark.req("TEN-01")
def test_rules_when_the_tenant_or_the_person_is_named_then_refused_in_words(
    alpha: Tenant, make_user: Any
) -> None:
    user = make_user(email="ada.lovelace@beta.example", first_name="Augusta")

    assert codes("alpha-beta-1x", user) == {"password_guessable"}
    assert "password_guessable" in codes("augusta-lovelace", user)
    assert codes("Chargeyard2026!", user) == {"password_guessable"}
    assert codes("lacquers of beta", user) == set()
    with pytest.raises(ValidationError, match="at least 8"):
        validate_password("asdfghjkl-alpha", user)


def test_rules_when_it_is_short_or_known_then_refused(alpha: Tenant) -> None:
    assert "password_too_short" in codes("Xq7#vT2!mLp")
    assert codes("Xq7#vT2!mLp9") == set()
    assert codes("passwordpassword") == {"password_known"}
    assert codes("charge-the-yard") == set(), "that of the demo"
