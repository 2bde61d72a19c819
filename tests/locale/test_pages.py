"""Every page in every language: what reads the same in English was left untranslated.

A page is fetched in English and in the language; texts of both are compared. Names, identifiers and
other data stand in `not_translated.txt`; words that are the same in both languages are known from
the catalogue.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils.text import capfirst

from apps.accounts.models import User
from apps.core.schemas import run_in_schema
from apps.tenants.models import Tenant
from tests.conftest import PASSWORD
from tests.locale.page_texts import texts_of
from tests.locale.test_catalogues import messages, texts
from tests.portal import console_sweep, sweep

OTHERS = [code for code, _name in settings.LANGUAGES if code != "en"]
NOT_TRANSLATED = Path(__file__).parent / "not_translated.txt"
NO_PAGES = {"jsi18n", "autocomplete", "logout", "export"}
FIRST_ID = 660_001
# What the tenant's portal and the console are called; it ends each page's title.
TITLES = ("Alpha", "Chargeyard")


def data_patterns() -> list[re.Pattern[str]]:
    lines = NOT_TRANSLATED.read_text(encoding="utf-8").splitlines()
    return [re.compile(line) for line in lines if line and not line.startswith("#")]


def pages_of(client: Client, addresses: Iterable[sweep.Address]) -> dict[str, set[str]]:
    """Return the texts of each page that opens, by its path."""
    found = {}
    for page in addresses:
        if page.name in NO_PAGES:
            continue
        response = client.get(page.path)
        if response.status_code == 200 and "html" in response.headers.get("Content-Type", ""):
            found[page.path] = texts_of(sweep.content_of(response))
    return found


def same_in(language: str) -> set[str]:
    """Return what reads the same in English, with a small or a capital letter."""
    same = [
        text
        for message in messages(language)
        for text, other in zip(texts(message.id), texts(message.string), strict=False)
        if text.casefold() == other.casefold()
    ]
    return {*same, *map(capfirst, same)}


def core_of(text: str) -> str:
    """Return a label without its colon or dot, a page's title without the portal's."""
    plain = text.removesuffix(":").removesuffix(" ·")
    for title in TITLES:
        plain = plain.removesuffix(f" | {title}")
    return plain


def left_in_english(
    translated: dict[str, set[str]], in_english: dict[str, set[str]], language: str
) -> dict[str, str]:
    """Return what reads the same in both, with a place where it stands."""
    same, data = same_in(language), data_patterns()
    return {
        text: path
        for path, found in translated.items()
        for text in found & in_english.get(path, set())
        if core_of(text) not in same
        and not any(pattern.fullmatch(core_of(text)) for pattern in data)
    }


@pytest.fixture
def rows(alpha: Tenant) -> dict[type, Any]:
    return sweep.make_rows("QZQ", FIRST_ID)


@pytest.fixture(scope="session")
def in_english() -> dict[str, set[str]]:
    """The English pages, filled by the first test of the process."""
    return {}


@pytest.mark.slow
@pytest.mark.req("TEN-03")
@pytest.mark.parametrize("language", OTHERS)
def test_pages_when_read_in_a_language_then_no_english_is_left(
    rows: dict[type, Any],
    make_user: Callable[..., User],
    in_english: dict[str, set[str]],
    language: str,
) -> None:
    user = make_user("admin", language="en", email="qzq@example.com")
    user.groups.add(sweep.group_of_everything())
    client = sweep.log_in(user, "alpha.localhost")
    if not in_english:
        in_english.update(pages_of(client, sweep.addresses(rows)))
    User.objects.filter(pk=user.pk).update(language=language)
    translated = pages_of(client, sweep.addresses(rows))
    left = left_in_english(translated, in_english, language)

    assert len(translated) >= 50
    assert not left, f"{len(left)} texts in English: {dict(sorted(left.items())[:40])}"


@pytest.fixture
def console_pages(db: None) -> list[sweep.Address]:
    connection.set_schema_to_public()
    found = list(console_sweep.addresses(console_sweep.make_rows()))
    connection.set_schema_to_public()
    return found


@pytest.mark.slow
@pytest.mark.req("TEN-03", "TEN-05")
@pytest.mark.parametrize("language", OTHERS)
def test_console_when_read_in_a_language_then_no_english_is_left(
    console_pages: list[sweep.Address], console_in_english: dict[str, set[str]], language: str
) -> None:
    user = User.objects.create_superuser("qzq-reader@example.com", PASSWORD, language="en")
    client = sweep.log_in(user, "localhost")
    if not console_in_english:
        console_in_english.update(by_name(client, console_pages))
    run_in_schema("public", User.objects.filter(pk=user.pk).update, language=language)
    translated = by_name(client, console_pages)
    left = left_in_english(translated, console_in_english, language)

    assert len(translated) >= 30
    assert not left, f"{len(left)} texts in English: {dict(sorted(left.items())[:40])}"


@pytest.fixture(scope="session")
def console_in_english() -> dict[str, set[str]]:
    """The English pages of the console, filled by the first test of the process."""
    return {}


def by_name(client: Client, pages: Iterable[sweep.Address]) -> dict[str, set[str]]:
    """Return the texts by the address's name: rows of the console have other ids in each test."""
    found: dict[str, set[str]] = {}
    for page in pages:
        for texts_there in pages_of(client, [page]).values():
            found.setdefault(page.name, set()).update(texts_there)
    return found
