"""Gaps of third-party catalogues are listed, so that our own catalogues fill them."""

import pytest

from tools import vendor_strings

LOAD = "{% load i18n %}"


@pytest.mark.req("TEN-03")
def test_list_of_foreign_texts_when_made_anew_then_it_is_the_one_that_is_kept() -> None:
    made = vendor_strings.module(vendor_strings.gaps())

    assert made == vendor_strings.OUTPUT.read_text(encoding="utf-8"), (
        "a package changed its texts: run python tools/vendor_strings.py, then make messages"
    )


def test_texts_when_marked_in_a_template_then_they_are_found() -> None:
    template = "<p>{% translate 'Go back' %}</p>{% blocktranslate %}Two{% endblocktranslate %}"

    found = {
        text.singular for text in vendor_strings.marked(vendor_strings.as_python(LOAD + template))
    }

    assert found == {"Go back", "Two"}


def test_texts_when_marked_in_python_then_context_and_plural_are_kept() -> None:
    source = "pgettext_lazy('verb', 'Open')\nngettext('one', 'many', n)\n_(name)\n"

    assert set(vendor_strings.marked(source)) == {
        vendor_strings.Text("verb", "Open", ""),
        vendor_strings.Text("", "one", "many"),
    }
