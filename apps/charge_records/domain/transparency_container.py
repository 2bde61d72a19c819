"""The XML container that the S.A.F.E. transparency software opens.

Source: its schema values.xsd (SAFE-eV/transparenzsoftware, release 1.4.1).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from xml.etree import ElementTree

from apps.charge_records.domain.calibration import read_record
from apps.charge_records.domain.ocmf.curves import SECP192R1
from apps.charge_records.domain.ocmf.keys import KeyNotReadableError, read_key
from apps.charge_records.domain.ocmf.records import (
    RECORD_MARGIN,
    MalformedRecordError,
)
from apps.charge_records.domain.signed_formats import SignedFormat, recognise

CONTEXT_BEGIN, CONTEXT_END = "Transaction.Begin", "Transaction.End"
# The software's word for SML as chargers send it by OCPP.
_FORMAT_WORDS = {SignedFormat.SML: "EDL_40_P"}
_NAMED_FORMATS = frozenset(
    {SignedFormat.OCMF, SignedFormat.ALFEN, SignedFormat.PCDF, SignedFormat.MENNEKES}
)
# What XML 1.0 cannot hold, and carriage returns, which reading would turn into line feeds.
_NOT_PLAIN = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_container(
    texts: Iterable[str], public_key: str, transaction_id: int | None = None
) -> bytes:
    """Return the XML of records and the key of their meter, as UTF-8 with declaration.

    Records that cannot stand in XML unaltered come in base64. `public_key`: any notation; one that
    cannot be read, or none, is left out. `transaction_id` ties begin and end together.
    """
    root = ElementTree.Element("values")
    for text in texts:
        form = recognise(text)
        attributes = {}
        if transaction_id is not None:
            attributes["transactionId"] = str(transaction_id)
        if context := _context(text):
            attributes["context"] = context
        value = ElementTree.SubElement(root, "value", attributes)
        if key := _key_hex(public_key, form):
            ElementTree.SubElement(value, "publicKey", {"encoding": "hex"}).text = key
        _add_record(value, text.strip(RECORD_MARGIN), form)
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _add_record(value: ElementTree.Element, text: str, form: SignedFormat | None) -> None:
    attributes = {}
    if form in _NAMED_FORMATS or form in _FORMAT_WORDS:
        attributes["format"] = _FORMAT_WORDS.get(form, form.value)
    is_plain = _NOT_PLAIN.search(text) is None
    attributes["encoding"] = "plain" if is_plain else "base64"
    if form is SignedFormat.SML:
        attributes["encoding"] = "hex"
    octets = text.encode("utf-8", "surrogatepass")
    signed = ElementTree.SubElement(value, "signedData", attributes)
    signed.text = text if is_plain else base64.b64encode(octets).decode()


def _context(text: str) -> str:
    """Return the software's word for a record with a begin or an end only; else nothing."""
    try:
        readings = read_record(text).readings
    except MalformedRecordError:
        return ""
    has_begin = any(reading.is_begin for reading in readings)
    has_end = any(reading.is_end for reading in readings)
    if has_begin == has_end:
        return ""
    return CONTEXT_BEGIN if has_begin else CONTEXT_END


def _key_hex(text: str, form: SignedFormat | None) -> str:
    """Return the key in hex: the DER structure, for Alfen the compressed point."""
    try:
        key = read_key(text, SECP192R1 if form is SignedFormat.ALFEN else None)
    except KeyNotReadableError:
        return ""
    return key.compressed.hex().upper() if form is SignedFormat.ALFEN else key.hex
