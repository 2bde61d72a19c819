"""Every mail in every language: what reads the same in English was left untranslated.

The letters are found by looking at the rooms, so that a new one is rendered too.
"""

import inspect
import re
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import pytest
from django.utils.translation import gettext_lazy as _

import apps
from apps.accounts.models import User
from apps.notifications.services.letters import Letter, render
from apps.tenants.models import Tenant
from tests.locale.page_texts import texts_of
from tests.locale.test_pages import OTHERS, left_in_english

# What letters are told; by the name of the argument.
TOLD: dict[str, Any] = {
    "user": User(email="qzq@example.com", first_name="QZQ"),
    "link": "http://alpha.localhost/QZQ/",
    "days": 7,
    "minutes": 60,
    "left": 3,
    "new_email": "new@example.com",
    "old_email": "old@example.com",
    "factor": _("Passkey"),
    "provider": "QZQ",
}
ADDRESS = re.compile(r"https?://\S+|\S+@\S+")


def letter_modules() -> Iterator[ModuleType]:
    """Yield the modules of the rooms that write letters."""
    for room in iter_modules(apps.__path__, "apps."):
        try:
            module = import_module(f"{room.name}.services.letters")
        except ModuleNotFoundError:
            continue
        if room.name != "apps.notifications":
            yield module


def letters() -> dict[str, Callable[[], Letter]]:
    """Return every letter, told what it asks for."""
    found = {}
    for module in letter_modules():
        for name, write in inspect.getmembers(module, inspect.isfunction):
            if write.__module__ == module.__name__ and inspect.signature(
                write
            ).return_annotation in {Letter, "Letter"}:
                asked = inspect.signature(write).parameters
                missing = set(asked) - set(TOLD)
                assert not missing, f"{name}: say in TOLD what {missing} can be"
                found[name] = partial(write, **{key: TOLD[key] for key in asked})
    return found


def texts_in(language: str) -> dict[str, set[str]]:
    """Return the texts of subject, plain text and HTML of each letter, by its name."""
    found = {}
    for name, write in letters().items():
        mail = render(write, language)
        texts = {mail.subject, *mail.text.splitlines(), *texts_of(mail.html)}
        plain = {ADDRESS.sub("", text).strip() for text in texts}
        found[name] = {text for text in plain if any(sign.isalpha() for sign in text)}
    return found


def test_letters_when_looked_for_then_those_of_accounts_are_among_them() -> None:
    assert {"invitation", "reset", "password_changed", "locked", "email_changed"} <= set(letters())


@pytest.mark.req("TEN-03")
@pytest.mark.parametrize("language", OTHERS)
def test_mails_when_written_in_a_language_then_no_english_is_left(
    alpha: Tenant, language: str
) -> None:
    in_english, translated = texts_in("en"), texts_in(language)
    left = left_in_english(translated, in_english, language)

    assert len(translated) >= 6
    assert all(translated.values())
    assert not left, f"{len(left)} texts in English: {left}"
