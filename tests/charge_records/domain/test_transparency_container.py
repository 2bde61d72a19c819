"""The XML for the transparency software: well formed, and nothing is altered on the way."""

import base64
from xml.etree.ElementTree import Element

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from defusedxml import ElementTree
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.charge_records.domain.calibration import check_session
from apps.charge_records.domain.ocmf.verdict import MeterData
from apps.charge_records.domain.transparency_container import write_container
from tests.charge_records.domain.ocmf.signing import Meter, alfen_data, reading
from tests.plugins.vectors import load_vectors

pytestmark = pytest.mark.req("CDR-04")

METER = Meter()


def values_of(container: bytes) -> list[Element]:
    root = ElementTree.fromstring(container)
    assert root.tag == "values"
    assert {child.tag for child in root} <= {"value"}
    return list(root)


def text_of(value: Element) -> str:
    signed = value.find("signedData")
    assert signed is not None
    text = signed.text or ""
    if signed.get("encoding") == "base64":
        return base64.b64decode(text).decode("utf-8", "surrogatepass")
    return text


@pytest.mark.vectors
def test_write_container_when_vector_then_verifies_from_the_file_alone() -> None:
    for case in load_vectors("ocmf/vectors.json")["vectors"]:
        key = case["charger"].get("public_key", "")
        values = values_of(write_container(case["records"], key, 4711))
        texts = [text_of(value) for value in values]
        assert texts == [text.strip() for text in case["records"]]
        keys = {element.text or "" for value in values for element in value.findall("publicKey")}
        assert len(keys) <= 1
        again = check_session(texts, MeterData(public_key="".join(keys)))
        flags = [check.is_signature_valid for check in again.checks]
        assert flags == case["expect"]["signature_valid"]


def test_write_container_when_pair_then_contexts_and_one_number() -> None:
    begin, end = METER.record(reading("B", 1)), METER.record(reading("E", 2), PG="T101")
    first, second = values_of(write_container([begin, end], METER.public_key, 4711))
    assert first.attrib == {"context": "Transaction.Begin", "transactionId": "4711"}
    assert second.attrib == {"context": "Transaction.End", "transactionId": "4711"}
    key, signed = first.find("publicKey"), first.find("signedData")
    assert key is not None
    assert signed is not None
    assert (key.attrib, key.text) == ({"encoding": "hex"}, METER.public_key)
    assert (signed.attrib, signed.text) == ({"format": "OCMF", "encoding": "plain"}, begin)


def test_write_container_when_one_record_then_no_half_of_a_pair() -> None:
    container = write_container([METER.record(reading("B", 1), reading("E", 2))], "no key", 5)
    (value,) = values_of(container)
    assert value.attrib == {}
    assert value.find("publicKey") is None
    assert container.startswith(b"<?xml version='1.0' encoding='utf-8'?>")


def test_write_container_when_alfen_then_key_as_in_the_record() -> None:
    meter = Meter(ec.SECP192R1)
    record = meter.alfen_record("0", alfen_data(5, 1))
    (value,) = values_of(write_container([record], meter.public_key))
    key = value.find("publicKey")
    assert key is not None
    assert (key.get("encoding"), key.text) == ("base32", record.split(";")[3])
    assert value.attrib == {"context": "Transaction.Begin"}


@pytest.mark.parametrize("text", ["1B1B1B1B01010101", "<?xml?><a/>", "128.8.0(", "\x01", "\ud800"])
def test_write_container_when_not_read_by_us_then_kept(text: str) -> None:
    (value,) = values_of(write_container([text], ""))
    assert text_of(value) == text


@given(st.lists(st.text(), max_size=4), st.text(max_size=20), st.integers() | st.none())
@settings(max_examples=150, deadline=None)
def test_write_container_when_anything_then_round_trip(
    texts: list[str], key: str, number: int | None
) -> None:
    values = values_of(write_container(texts, key, number))
    assert [text_of(value) for value in values] == [text.strip(" \t\r\n\ufeff\0") for text in texts]
