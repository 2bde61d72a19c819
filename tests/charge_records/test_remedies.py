"""Every state, answer and reason of an activation has words, and what to do (CDR-08)."""

from enum import Enum

import pytest
from django.utils.functional import Promise

from apps.charge_records.choices import ACTIVATION_STATE_BADGES, ERROR_CLASS_CHOICES, Refusal
from apps.charge_records.domain.statuses import ActivationState, ErrorClass
from apps.charge_records.remedies import (
    ANSWER_OF,
    ANSWER_SENTENCES,
    ANSWER_WORDS,
    ERROR_REMEDIES,
    REFUSAL_REMEDIES,
    STATE_SENTENCES,
)
from apps.ocpp.adapters.v16 import encode_answer
from apps.vocabulary.answers import AuthorizationAnswer, AuthorizationStatus

pytestmark = pytest.mark.req("CDR-08")

WORDS: list[tuple[type[Enum], dict[Enum, Promise]]] = [
    (ActivationState, STATE_SENTENCES),
    (ErrorClass, ERROR_REMEDIES),
    (Refusal, REFUSAL_REMEDIES),
    (AuthorizationStatus, ANSWER_SENTENCES),
]


@pytest.mark.parametrize("words, sentences", WORDS)
def test_words_when_a_state_or_reason_exists_then_it_has_a_sentence(
    words: type[Enum], sentences: dict[Enum, Promise]
) -> None:
    assert set(sentences) == set(words)
    assert all(str(sentence).endswith(".") for sentence in sentences.values())


def test_states_and_errors_have_labels() -> None:
    assert set(ACTIVATION_STATE_BADGES) == {state.value for state in ActivationState}
    assert {value for value, _label in ERROR_CLASS_CHOICES} == {one.value for one in ErrorClass}


@pytest.mark.req("ACL-03")
def test_refusals_when_one_exists_then_it_has_an_answer_that_refuses() -> None:
    assert set(ANSWER_OF) == {None, *Refusal}
    accepted = [refusal for refusal, answer in ANSWER_OF.items() if answer == "accepted"]
    assert accepted == [None]


@pytest.mark.req("OCP-01")
@pytest.mark.parametrize("status", list(AuthorizationStatus))
def test_answers_when_shown_then_by_the_word_that_the_station_got(
    status: AuthorizationStatus,
) -> None:
    sent = encode_answer("Authorize", AuthorizationAnswer(status=status))

    assert sent["idTagInfo"]["status"] == ANSWER_WORDS[status]
