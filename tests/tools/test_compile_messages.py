"""Catalogues are compiled without gettext, and only when they changed."""

import gettext
import os
from pathlib import Path

import pytest

from tools.compile_messages import compile_all

CATALOGUE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Station"
msgstr "Ladestation"

msgctxt "button"
msgid "Restart"
msgstr "Neu starten"

msgid "%(number)s charge point"
msgid_plural "%(number)s charge points"
msgstr[0] "%(number)s Ladepunkt"
msgstr[1] "%(number)s Ladepunkte"

#, fuzzy
msgid "Meter"
msgstr "Vielleicht"
"""

pytestmark = pytest.mark.req("TEN-03")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "de" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(CATALOGUE, encoding="utf-8")
    return path


def test_catalogue_when_compiled_is_what_gettext_reads(source: Path, tmp_path: Path) -> None:
    compile_all(tmp_path)

    with source.with_suffix(".mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    assert catalogue.gettext("Station") == "Ladestation"
    assert catalogue.pgettext("button", "Restart") == "Neu starten"
    plural = catalogue.ngettext("%(number)s charge point", "%(number)s charge points", 2)
    assert plural == "%(number)s Ladepunkte"
    assert catalogue.gettext("Meter") == "Meter"


def test_catalogue_when_unchanged_is_not_compiled_again(source: Path, tmp_path: Path) -> None:
    target = source.with_suffix(".mo")

    assert compile_all(tmp_path) == [target]
    assert compile_all(tmp_path) == []

    later = source.stat().st_mtime_ns + 1_000_000_000
    os.utime(source, ns=(later, later))
    assert compile_all(tmp_path) == [target]
