"""Formats of signed meter data, told apart by their beginning (DOMAIN 1.3)."""

from __future__ import annotations

import re
from enum import StrEnum


class SignedFormat(StrEnum):
    """OCMF and ALFEN are verified; the others are recognised, kept and named."""

    OCMF = "OCMF"
    ALFEN = "ALFEN"
    # EDL_40_P, ISA_EDL_40_P and EDL_40_SIG: Smart Message Language, here always as hex.
    SML = "SML"
    PCDF = "PCDF"
    MENNEKES = "EDL_40_MENNEKES"
    EMH = "EMH"
    XML = "XML"
    # Said to be signed, yet none of the above.
    UNKNOWN = "UNKNOWN"


VERIFIED_FORMATS = frozenset({SignedFormat.OCMF, SignedFormat.ALFEN})

_SML_START = re.compile(r"\s*(?:1[bB]\s*){4}(?:01\s*){4}")
_PCDF_START = re.compile(r"\s*\(?128\.8\.0\(")
# How far into an XML text its root element is looked for.
_XML_HEAD = 2_000
_MARGIN = " \t\r\n\ufeff"


def recognise(text: str) -> SignedFormat | None:
    """Return the format of a record text; None for anything else, plain numbers above all."""
    start = text.lstrip(_MARGIN)
    if start[:5].upper() == "OCMF|":
        return SignedFormat.OCMF
    if start.startswith("AP;"):
        return SignedFormat.ALFEN
    if _SML_START.match(start):
        return SignedFormat.SML
    if _PCDF_START.match(start):
        return SignedFormat.PCDF
    return _recognise_xml(start[:_XML_HEAD])


def _recognise_xml(head: str) -> SignedFormat | None:
    if "<signedMeterValue" in head:
        return SignedFormat.EMH
    if head.startswith(("<?xml", "<")) and ("<Billing" in head or "<ChargingProcess" in head):
        return SignedFormat.MENNEKES
    return SignedFormat.XML if head.startswith("<?xml") else None
