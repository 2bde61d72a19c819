"""Sealed secrets: one purpose, one key; a former key opens and seals no more."""

from typing import Any

import pytest
from cryptography.fernet import Fernet

from apps.core.sealing import SealBroken, seal, unseal


def test_text_when_sealed_then_only_its_purpose_opens_it() -> None:
    sealed = seal("a secret", "one")

    assert "a secret" not in sealed
    assert unseal(sealed, "one") == "a secret"
    with pytest.raises(SealBroken):
        unseal(sealed, "another")


def test_text_when_sealed_twice_then_looks_different() -> None:
    assert seal("a secret", "one") != seal("a secret", "one")


def test_key_when_changed_then_the_former_one_opens_as_long_as_it_is_named(settings: Any) -> None:
    former = settings.SECRET_KEY
    sealed = seal("a secret", "one")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new key", [former]

    assert unseal(sealed, "one") == "a secret"
    anew = seal("a secret", "one")
    settings.SECRET_KEY_FALLBACKS = []
    assert unseal(anew, "one") == "a secret"
    with pytest.raises(SealBroken):
        unseal(sealed, "one")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "gAAAAA",
        pytest.param(Fernet(Fernet.generate_key()).encrypt(b"a").decode(), id="another key"),
    ],
)
def test_text_when_it_is_not_sealed_by_us_then_broken(text: str) -> None:
    with pytest.raises(SealBroken):
        unseal(text, "one")
