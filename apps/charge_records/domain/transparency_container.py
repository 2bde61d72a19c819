"""The XML container that the S.A.F.E. transparency software opens.

Source: its schema values.xsd and how release 1.4.1 reads it: signed text is taken as it stands
whatever encoding is named; a pair is one begin and one end of the same transaction number.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from apps.charge_records.domain.calibration import read_record
from apps.charge_records.domain.ocmf.curves import SECP192R1
from apps.charge_records.domain.ocmf.keys import KeyNotReadableError, read_key
from apps.charge_records.domain.ocmf.records import RECORD_MARGIN, MalformedRecordError
from apps.charge_records.domain.signed_formats import SignedFormat, recognise

CONTEXT_BEGIN, CONTEXT_END = "Transaction.Begin", "Transaction.End"
# The software's words; the others are left for it to find out.
_FORMAT_WORDS = {
    SignedFormat.OCMF: "OCMF",
    SignedFormat.ALFEN: "ALFEN",
    SignedFormat.PCDF: "PCDF",
    SignedFormat.MENNEKES: "EDL_40_MENNEKES",
}
# What XML 1.0 cannot hold at all; no readable record has it.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Part:
    """The records of one session, the key of their meter, and the number of the transaction."""

    texts: Sequence[str]
    public_key: str
    transaction_id: int | None = None


def write_container(
    texts: Iterable[str], public_key: str, transaction_id: int | None = None
) -> bytes:
    """Return the XML of one session's records (see `write_parts`)."""
    return write_parts([Part(tuple(texts), public_key, transaction_id)])


def write_parts(parts: Iterable[Part]) -> bytes:
    """Return the XML of records and the keys of their meters, in UTF-8 with declaration.

    `public_key`: any notation; one that cannot be read, or none, is left out. `transaction_id`
    ties a begin record and an end record together. Text with characters that XML lacks comes in
    base64, to be kept rather than opened.
    """
    root = ElementTree.Element("values")
    for part in parts:
        for text in part.texts:
            _add_value(root, text, part)
    ElementTree.indent(root)
    octets = bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))
    # A bare carriage return would be read as a line feed, and the signature would not hold.
    return octets.replace(b"\r", b"&#13;")


def _add_value(root: ElementTree.Element, text: str, part: Part) -> None:
    form = recognise(text)
    value = ElementTree.SubElement(root, "value", _transaction(text, part.transaction_id))
    if key := _key(part.public_key, form):
        encoding = "base32" if form is SignedFormat.ALFEN else "hex"
        ElementTree.SubElement(value, "publicKey", {"encoding": encoding}).text = key
    _add_record(value, text.strip(RECORD_MARGIN), form)


def _transaction(text: str, transaction_id: int | None) -> dict[str, str]:
    """Return the attributes of half a pair; none for a record with both begin and end."""
    try:
        readings = read_record(text).readings
    except MalformedRecordError:
        return {}
    has_begin = any(reading.is_begin for reading in readings)
    has_end = any(reading.is_end for reading in readings)
    if has_begin == has_end:
        return {}
    attributes = {"context": CONTEXT_BEGIN if has_begin else CONTEXT_END}
    if transaction_id is not None:
        attributes["transactionId"] = str(transaction_id)
    return attributes


def _add_record(value: ElementTree.Element, text: str, form: SignedFormat | None) -> None:
    attributes = {"format": _FORMAT_WORDS[form]} if form in _FORMAT_WORDS else {}
    is_plain = _NOT_IN_XML.search(text) is None
    attributes["encoding"] = "plain" if is_plain else "base64"
    if not is_plain:
        text = base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()
    ElementTree.SubElement(value, "signedData", attributes).text = text


def _key(text: str, form: SignedFormat | None) -> str:
    """Return the DER structure in hex; for Alfen the compressed point in base32, as in records."""
    is_alfen = form is SignedFormat.ALFEN
    try:
        key = read_key(text, SECP192R1 if is_alfen else None)
    except KeyNotReadableError:
        return ""
    return base64.b32encode(key.compressed).decode() if is_alfen else key.hex
