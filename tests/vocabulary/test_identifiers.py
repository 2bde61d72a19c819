"""Contract ids, EVSE ids, card numbers and charge box ids."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.vocabulary.identifiers import (
    IdentifierError,
    TagMatch,
    check_character,
    match_tag,
    normalise_charge_box_id,
    normalise_uid,
    parse_emaid,
    parse_evse_id,
    reverse_uid,
    same_charge_box,
    same_contract,
    same_evse,
    uid_warning,
)
from apps.vocabulary.identifiers.emaid import ALPHABET, din_check_digit, din_to_iso, iso_to_din

Vectors = Callable[[str], Any]

BODIES = st.text(ALPHABET, min_size=12, max_size=12).map(lambda rest: "DE" + rest)


@pytest.fixture(scope="module")
def emaid_vectors(vectors: Vectors) -> Any:
    return vectors("emaid_vectors.json")


@pytest.mark.vectors
@pytest.mark.req("EMA-01")
def test_check_character_when_vector_then_equal(emaid_vectors: Any) -> None:
    cases = emaid_vectors["check_digits"]
    wrong = [case["id"] for case in cases if check_character(case["body"]) != case["check"]]
    assert cases
    assert wrong == []


@pytest.mark.vectors
@pytest.mark.req("EMA-01")
def test_parse_emaid_when_vector_then_as_expected(emaid_vectors: Any) -> None:
    def outcome(text: str) -> dict[str, Any]:
        try:
            emaid = parse_emaid(text)
        except IdentifierError as error:
            return {"valid": False, "reason": error.reason}
        return {
            "valid": True,
            "syntax": emaid.syntax,
            "normalized": emaid.normalized,
            "display": emaid.display,
        }

    cases = emaid_vectors["parse"]
    wrong = [
        (case["id"], outcome(case["input"]))
        for case in cases
        if any(case[key] != value for key, value in outcome(case["input"]).items())
    ]
    assert cases
    assert wrong == []


@pytest.mark.vectors
@pytest.mark.req("EMA-01")
def test_same_contract_when_vector_then_as_expected(emaid_vectors: Any) -> None:
    cases = emaid_vectors["equality"]
    wrong = [case["id"] for case in cases if same_contract(case["a"], case["b"]) != case["equal"]]
    assert cases
    assert wrong == []


@pytest.mark.vectors
@pytest.mark.req("EMA-01")
def test_din_when_vector_then_digit_and_conversions(emaid_vectors: Any) -> None:
    cases = emaid_vectors["din"]
    assert cases
    for case in cases:
        din = parse_emaid(case["din"])
        assert din_check_digit(case["body"]) == din.check == case["check"], case["id"]
        assert din.display == case["din"], case["id"]
        assert din_to_iso(din).display == case["to_emi3"], case["id"]
        assert din_to_iso(din, prefix="00").display == case["to_iso_zero"], case["id"]
        for text in (case["to_emi3"], case["to_iso_zero"]):
            back = iso_to_din(parse_emaid(text))
            assert back is not None
            assert back.display == case["din"], case["id"]


@pytest.mark.vectors
@pytest.mark.req("INF-23")
def test_parse_evse_id_when_vector_then_as_expected(emaid_vectors: Any) -> None:
    cases = emaid_vectors["evse_ids"]
    assert cases
    for case in cases:
        evse = parse_evse_id(case["input"])
        assert (evse is not None) == case["valid"], case["id"]
        if evse is not None:
            for key in ("syntax", "normalized", "compact", "country", "operator", "outlet"):
                assert getattr(evse, key) == case[key], case["id"]


@pytest.mark.vectors
@pytest.mark.req("EMA-03")
def test_uids_when_vector_then_as_expected(emaid_vectors: Any) -> None:
    assert emaid_vectors["rfid_uids"]
    assert emaid_vectors["rfid_normalise"]
    for case in emaid_vectors["rfid_uids"]:
        assert reverse_uid(case["reader_order"]) == case["rev_hex"], case["id"]
        assert reverse_uid(case["rev_hex"]) == case["reader_order"], case["id"]
        assert len(case["reader_order"]) == 2 * case["bytes"], case["id"]
    for case in emaid_vectors["rfid_normalise"]:
        assert normalise_uid(case["input"]) == case["uid"], case["id"]


@pytest.mark.vectors
@pytest.mark.req("EMA-03")
def test_match_tag_when_vector_then_as_expected(emaid_vectors: Any) -> None:
    assert emaid_vectors["rfid_match"]
    for case in emaid_vectors["rfid_match"]:
        match = match_tag(case["stored_rev_hex"], case["id_tag"])
        assert match.stored == case["match"], case["id"]
        if "how" in case:
            assert match.matched_by == case["how"], case["id"]


@pytest.mark.req("EMA-01")
@settings(deadline=None)
@given(BODIES, st.integers(2, 12), st.integers(2, 12))
def test_check_character_when_two_differ_and_swap_then_detected(
    body: str, one: int, other: int
) -> None:
    characters = list(body)
    characters[one], characters[other] = characters[other], characters[one]
    swapped = "".join(characters)
    if swapped != body and abs(one - other) == 1:
        assert check_character(swapped) != check_character(body)


@pytest.mark.req("EMA-01")
@settings(deadline=None)
@given(BODIES)
def test_parse_emaid_when_displayed_then_parsed_again(body: str) -> None:
    emaid = parse_emaid(body)
    assert parse_emaid(emaid.display.lower()).normalized == emaid.normalized


@pytest.mark.req("EMA-01")
@pytest.mark.parametrize(
    "text, reason",
    [
        ("NLTNM-000122045U", "COUNTRY"),
        ("NL-TNM000122045-U", "LENGTH"),
        ("ß8AACA2B3C4D5", "CHARACTER"),
        ("DE-8AA-CA2B3C4D5-L\x00", "CHARACTER"),
        ("", "LENGTH"),
    ],
)
def test_parse_emaid_when_odd_then_reason(text: str, reason: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_emaid(text)
    assert caught.value.reason == reason


@pytest.mark.req("EMA-01")
def test_parse_emaid_when_din_digit_does_not_fit_then_accepted_and_doubtful() -> None:
    emaid = parse_emaid("DE-8AA-123A56-3")
    assert emaid.has_doubtful_check
    assert emaid.check == "5"
    assert not parse_emaid("NL-TNM-012204-5").has_doubtful_check


@pytest.mark.req("EMA-01")
def test_iso_to_din_when_not_from_din_then_none() -> None:
    assert iso_to_din(parse_emaid("DE-8AA-CA2B3C4D5")) is None
    assert iso_to_din(parse_emaid("NL-TNM-C00122046")) is None


@pytest.mark.req("INF-23")
def test_same_evse_when_separators_or_case_differ_then_same() -> None:
    assert same_evse("DE*AB7*E840*6487", "deab7e8406487")
    assert same_evse("+49*823*1234", "49*823*1234")
    assert not same_evse("DE*AB7*E1", "DE*AB7*E2")
    assert not same_evse("", "")
    assert parse_evse_id("DE*AB7*E***") is None


@pytest.mark.req("EMA-03")
def test_match_tag_when_two_cards_fit_a_step_then_ambiguous() -> None:
    match = match_tag(["04A2B3C4D5E680", "04A2B3C4D5E680"], "04A2B3C4D5E680")
    assert match == TagMatch(None, match.matched_by, is_ambiguous=True)


@pytest.mark.req("EMA-03")
def test_match_tag_when_both_orders_are_stored_then_exact_wins() -> None:
    assert match_tag(["C552D790", "90D752C5"], "90D752C5").stored == "90D752C5"


@pytest.mark.req("EMA-03")
def test_uid_warning_when_random_or_cut_short_then_said() -> None:
    assert uid_warning("08A1B2C3") == "random"
    assert uid_warning("88041234") == "cut_short"
    assert uid_warning("04A2B3C4D5E680") is None


@pytest.mark.req("OCP-07")
@pytest.mark.parametrize(
    "path, charge_box_id",
    [
        ("CB-1", "CB-1"),
        ("/device/ocpp16/CB-1", "CB-1"),
        ("/device/ocpp16/CB-1/", "CB-1"),
        ("/device/ocpp16/CB-1///", "CB-1"),
        ("/device/ocpp16/tenant/CB-1", "CB-1"),
        ("/device/ocpp16/CB%2D1", "CB-1"),
        ("/device/ocpp16/CB%252D1", "CB%2D1"),
        ("/device/ocpp16/DE*AB7*E1", "DE*AB7*E1"),
        ("/device/ocpp16/CB%20one%20", "CB one"),
        ("/device/ocpp16/%FF", "\ufffd"),
        ("/device/ocpp16/%00", "\ufffd"),
        ("/", ""),
        ("", ""),
    ],
)
def test_normalise_charge_box_id_when_path_is_odd_then_the_id(
    path: str, charge_box_id: str
) -> None:
    assert normalise_charge_box_id(path) == charge_box_id


@pytest.mark.req("OCP-07")
def test_same_charge_box_when_case_differs_then_same() -> None:
    assert same_charge_box("cb-1", " CB-1")
    assert not same_charge_box("CB-1", "CB-2")


@pytest.mark.req("OCP-07")
@settings(deadline=None)
@given(st.text())
def test_identifiers_when_anything_then_no_error(text: str) -> None:
    normalise_charge_box_id(text)
    parse_evse_id(text)
    match_tag(["04A2B3C4D5E680"], text)
    with suppress(IdentifierError):
        parse_emaid(text)
