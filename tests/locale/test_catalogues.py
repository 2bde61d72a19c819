"""The catalogues are complete in nine languages: nothing empty or fuzzy, placeholders equal."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings

LOCALE = Path(settings.BASE_DIR) / "locale"
LANGUAGES = [code for code, _name in settings.LANGUAGES]
PLACEHOLDER = re.compile(r"%\((\w+)\)[#0\- +]*\d*(?:\.\d+)?[sdfx]|%[sd]|\{\w*\}")
# Names, abbreviations and words that are the same in the language are listed with the catalogue.
SAME_AS_ENGLISH = Path(__file__).parent / "same_as_english.txt"


def read(language: str) -> Catalog:
    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> Iterator[Message]:
    return (message for message in read(language) if message.id)


def texts(value: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def placeholders(text: str) -> list[str]:
    return sorted(match[0] for match in PLACEHOLDER.finditer(text))


def same_as_english() -> set[str]:
    lines = SAME_AS_ENGLISH.read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and not line.startswith("#")}


@pytest.mark.req("TEN-03")
@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_when_read_then_nothing_is_empty_or_fuzzy(language: str) -> None:
    bad = [
        message.id
        for message in messages(language)
        if message.fuzzy or not all(text.strip() for text in texts(message.string))
    ]

    assert not bad, f"{language}: empty or fuzzy: {bad[:10]}"


@pytest.mark.req("TEN-03")
def test_catalogues_when_compared_then_all_have_the_same_messages() -> None:
    ids = {
        language: {(message.context, texts(message.id)) for message in messages(language)}
        for language in LANGUAGES
    }

    assert len(ids["en"]) > 100
    for language in LANGUAGES:
        assert ids[language] == ids["en"], language


@pytest.mark.req("TEN-03")
@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_when_read_then_placeholders_are_those_of_the_source(language: str) -> None:
    bad = []
    for message in messages(language):
        allowed = [placeholders(text) for text in texts(message.id)]
        bad += [text for text in texts(message.string) if placeholders(text) not in allowed]

    assert not bad, f"{language}: {bad[:5]}"


@pytest.mark.req("TEN-03")
@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_when_read_then_plural_forms_are_complete(language: str) -> None:
    catalogue = read(language)
    bad = [m.id for m in catalogue if m.pluralizable and len(m.string) != catalogue.num_plurals]

    assert not bad, f"{language}: {bad[:5]}"


@pytest.mark.req("TEN-03")
@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_catalogue_when_read_then_no_text_is_left_in_english(language: str) -> None:
    allowed = same_as_english()
    left = [
        text
        for message in messages(language)
        for text, translated in zip(texts(message.id), texts(message.string), strict=False)
        if text == translated and text not in allowed
    ]

    assert not left, f"{language}: English left over: {left[:10]}"
