"""Frames that break OCPP-J 1.6, made by hand, each with the one error that fits (S9).

Shape: (name, frame as sent, error code). The message id is "7" wherever it can be read. The codes
are those of OCPP-J 1.6, 4.2.3, in its own spelling.
"""

from __future__ import annotations

import json
from typing import Any

FORMATION = "FormationViolation"
OCCURENCE = "OccurenceConstraintViolation"
TYPE = "TypeConstraintViolation"
PROPERTY = "PropertyConstraintViolation"
PROTOCOL = "ProtocolError"
NOT_IMPLEMENTED = "NotImplemented"
NOT_SUPPORTED = "NotSupported"

Case = tuple[str, str | bytes, str]


def call(action: str, payload: Any) -> str:
    return json.dumps([2, "7", action, payload])


BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}
STATUS = {"connectorId": 1, "status": "Available", "errorCode": "NoError"}
START = {"connectorId": 1, "idTag": "TAG", "meterStart": 0, "timestamp": "2026-03-09T08:00:00Z"}
STOP = {"transactionId": 1, "meterStop": 5, "timestamp": "2026-03-09T08:00:00Z"}
METERS = {
    "connectorId": 1,
    "meterValue": [{"timestamp": "2026-03-09T08:00:00Z", "sampledValue": [{"value": "1"}]}],
}


def without(payload: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if name != key}


NOT_A_FRAME: list[Case] = [
    ("nothing", "", FORMATION),
    ("a blank", " ", FORMATION),
    ("words", "no json", FORMATION),
    ("a number", "2", FORMATION),
    ("a text", '"Heartbeat"', FORMATION),
    ("null", "null", FORMATION),
    ("true", "true", FORMATION),
    ("an object", "{}", FORMATION),
    ("an object with the fields of a call", '{"2":"7","Heartbeat":{}}', FORMATION),
    ("an empty list", "[]", FORMATION),
    ("two frames in one", '[2,"7","Heartbeat",{}][2,"8","Heartbeat",{}]', FORMATION),
    ("cut after the type", "[2", FORMATION),
    ("cut in the id", '[2,"7', FORMATION),
    ("cut after the id", '[2,"7"', FORMATION),
    ("cut in the payload", '[2,"7","Heartbeat",{"a":', FORMATION),
    ("one quote too few", '[2,"7","Heartbeat,{}]', FORMATION),
    ("single quotes", "[2,'7','Heartbeat',{}]", FORMATION),
    ("a comma too many", '[2,"7","Heartbeat",{},]', FORMATION),
    ("a key without quotes", '[2,"7","Heartbeat",{a:1}]', FORMATION),
    ("a comment", '[2,"7","Heartbeat",{}] // hello', FORMATION),
    ("NaN", '[2,"7","StartTransaction",{"meterStart":NaN}]', FORMATION),
    ("Infinity", '[2,"7","StartTransaction",{"meterStart":Infinity}]', FORMATION),
    ("a leading zero", '[2,"7","StartTransaction",{"meterStart":007}]', FORMATION),
    ("a bare control character", '[2,"7","Authorize",{"idTag":"a\nb"}]', FORMATION),
    ("an unknown escape", '[2,"7","Authorize",{"idTag":"\\q"}]', FORMATION),
    ("half an escape", '[2,"7","Authorize",{"idTag":"\\u12"}]', FORMATION),
    ("XML", "<Heartbeat/>", FORMATION),
    ("bytes that are no text", b"\xff\xfe\xfd", FORMATION),
    ("UTF-16", '[2,"7","Heartbeat",{}]'.encode("utf-16"), FORMATION),
    ("text cut inside a character", b'[2,"7","Authorize",{"idTag":"\xc3"}]', FORMATION),
    ("a byte order mark", '\ufeff[2,"7","Heartbeat",{}]', FORMATION),
]

WRONG_ENVELOPE: list[Case] = [
    ("only a type", "[2]", FORMATION),
    ("no action", '[2,"7"]', FORMATION),
    ("no payload", '[2,"7","Heartbeat"]', FORMATION),
    ("five elements", '[2,"7","Heartbeat",{},{}]', FORMATION),
    ("a payload that is a list", '[2,"7","Heartbeat",[]]', FORMATION),
    ("a payload that is a text", '[2,"7","Heartbeat",""]', FORMATION),
    ("a payload that is a number", '[2,"7","Heartbeat",0]', FORMATION),
    ("a payload that is false", '[2,"7","Heartbeat",false]', FORMATION),
    ("an id that is a number", '[2,7,"Heartbeat",{}]', FORMATION),
    ("an id that is null", '[2,null,"Heartbeat",{}]', FORMATION),
    ("an id that is an object", '[2,{},"Heartbeat",{}]', FORMATION),
    ("an empty id", '[2,"","Heartbeat",{}]', FORMATION),
    ("an id of 37 characters", f'[2,"{"x" * 37}","Heartbeat",{{}}]', FORMATION),
    ("an id of 10,000 characters", f'[2,"{"x" * 10_000}","Heartbeat",{{}}]', FORMATION),
    ("an action that is a number", '[2,"7",5,{}]', FORMATION),
    ("an action that is null", '[2,"7",null,{}]', FORMATION),
    ("an empty action", '[2,"7","",{}]', FORMATION),
    ("action and payload swapped", '[2,"7",{},"Heartbeat"]', FORMATION),
    ("type 0", '[0,"7","Heartbeat",{}]', PROTOCOL),
    ("type 1", '[1,"7","Heartbeat",{}]', PROTOCOL),
    ("type 5", '[5,"7","Heartbeat",{}]', PROTOCOL),
    ("type 6, SEND of OCPP 2.1", '[6,"7","NotifyPeriodicEventStream",{}]', PROTOCOL),
    ("type -2", '[-2,"7","Heartbeat",{}]', PROTOCOL),
    ("type 2.5", '[2.5,"7","Heartbeat",{}]', PROTOCOL),
    ("type 10^30", f'[{10**30},"7","Heartbeat",{{}}]', PROTOCOL),
    ("a type that is a text", '["2","7","Heartbeat",{}]', PROTOCOL),
    ("a type that is a word", '["CALL","7","Heartbeat",{}]', PROTOCOL),
    ("a type that is null", '[null,"7","Heartbeat",{}]', PROTOCOL),
    ("a type that is true", '[true,"7","Heartbeat",{}]', PROTOCOL),
    ("a type that is a list", '[[2],"7","Heartbeat",{}]', PROTOCOL),
    ("nested 40 deep", '[2,"7","Heartbeat",{"a":' + "[" * 40 + "]" * 40 + "}]", FORMATION),
    ("nested 500 deep", '[2,"7","Heartbeat",{"a":' + "[" * 500 + "]" * 500 + "}]", FORMATION),
    ("nested 50,000 deep", '[2,"7","Heartbeat",' + "[" * 50_000 + "]" * 50_000 + "]", FORMATION),
    (
        "objects 5,000 deep",
        '[2,"7","Heartbeat",' + '{"a":' * 5_000 + "1" + "}" * 5_000 + "]",
        FORMATION,
    ),
    ("opened 100,000 times", '[2,"7",' + "[" * 100_000, FORMATION),
]

WRONG_ACTION: list[Case] = [
    ("an action that nobody knows", call("Nonsense", {}), NOT_IMPLEMENTED),
    ("another case", call("heartbeat", {}), NOT_IMPLEMENTED),
    ("a blank after it", call("Heartbeat ", {}), NOT_IMPLEMENTED),
    ("the name of the record in the specification", call("Heartbeat.req", {}), NOT_IMPLEMENTED),
    ("the name of its schema", call("HeartbeatResponse", {}), NOT_IMPLEMENTED),
    ("an action of OCPP 2.0.1", call("TransactionEvent", {}), NOT_IMPLEMENTED),
    ("an action of 10,000 letters", call("x" * 10_000, {}), NOT_IMPLEMENTED),
    ("a path", call("../../etc/passwd", {}), NOT_IMPLEMENTED),
    ("NUL in an action", call("Heart\x00beat", {}), NOT_IMPLEMENTED),
    ("a template in an action", call("{{7*7}}", {}), NOT_IMPLEMENTED),
    ("Reset, which is ours to send", call("Reset", {"type": "Hard"}), NOT_SUPPORTED),
    ("RemoteStartTransaction", call("RemoteStartTransaction", {"idTag": "A"}), NOT_SUPPORTED),
    ("GetLog", call("GetLog", {}), NOT_SUPPORTED),
]

WRONG_PAYLOAD: list[Case] = [
    ("Authorize without idTag", call("Authorize", {}), OCCURENCE),
    ("Authorize, idTag a number", call("Authorize", {"idTag": 5}), TYPE),
    ("Authorize, idTag null", call("Authorize", {"idTag": None}), TYPE),
    ("Authorize, idTag a list", call("Authorize", {"idTag": ["A"]}), TYPE),
    ("Authorize, idTag of 300 characters", call("Authorize", {"idTag": "x" * 300}), PROPERTY),
    ("Authorize, key in another case", call("Authorize", {"idtag": "A"}), OCCURENCE),
    (
        "Boot without vendor",
        call("BootNotification", without(BOOT, "chargePointVendor")),
        OCCURENCE,
    ),
    ("Boot without model", call("BootNotification", without(BOOT, "chargePointModel")), OCCURENCE),
    ("Boot, empty", call("BootNotification", {}), OCCURENCE),
    ("Boot, vendor a number", call("BootNotification", {**BOOT, "chargePointVendor": 1}), TYPE),
    ("Boot, vendor null", call("BootNotification", {**BOOT, "chargePointVendor": None}), TYPE),
    ("Boot, firmware an object", call("BootNotification", {**BOOT, "firmwareVersion": {}}), TYPE),
    (
        "Boot, model of 300",
        call("BootNotification", {**BOOT, "chargePointModel": "x" * 300}),
        PROPERTY,
    ),
    (
        "Status without connector",
        call("StatusNotification", without(STATUS, "connectorId")),
        OCCURENCE,
    ),
    ("Status without status", call("StatusNotification", without(STATUS, "status")), OCCURENCE),
    ("Status without error", call("StatusNotification", without(STATUS, "errorCode")), OCCURENCE),
    ("Status, connector a text", call("StatusNotification", {**STATUS, "connectorId": "1"}), TYPE),
    ("Status, connector 1.5", call("StatusNotification", {**STATUS, "connectorId": 1.5}), TYPE),
    ("Status, connector true", call("StatusNotification", {**STATUS, "connectorId": True}), TYPE),
    ("Status, connector -1", call("StatusNotification", {**STATUS, "connectorId": -1}), PROPERTY),
    (
        "Status, connector 10^9",
        call("StatusNotification", {**STATUS, "connectorId": 10**9}),
        PROPERTY,
    ),
    (
        "Status, connector 10^30",
        call("StatusNotification", {**STATUS, "connectorId": 10**30}),
        TYPE,
    ),
    ("Status, an odd word", call("StatusNotification", {**STATUS, "status": "Odd"}), PROPERTY),
    (
        "Status, in small letters",
        call("StatusNotification", {**STATUS, "status": "available"}),
        PROPERTY,
    ),
    (
        "Status, OCPP 1.5's word",
        call("StatusNotification", {**STATUS, "status": "Occupied"}),
        PROPERTY,
    ),
    ("Status, time a number", call("StatusNotification", {**STATUS, "timestamp": 5}), TYPE),
    ("DataTransfer without vendor", call("DataTransfer", {"data": "x"}), OCCURENCE),
    ("DataTransfer, vendor an object", call("DataTransfer", {"vendorId": {}}), TYPE),
    ("DataTransfer, vendor of 300", call("DataTransfer", {"vendorId": "x" * 300}), PROPERTY),
    (
        "DataTransfer, message id of 51",
        call("DataTransfer", {"vendorId": "v", "messageId": "x" * 51}),
        PROPERTY,
    ),
    ("Diagnostics without status", call("DiagnosticsStatusNotification", {}), OCCURENCE),
    ("Diagnostics, odd status", call("DiagnosticsStatusNotification", {"status": "X"}), PROPERTY),
    ("Firmware without status", call("FirmwareStatusNotification", {}), OCCURENCE),
    ("Firmware, status a list", call("FirmwareStatusNotification", {"status": []}), TYPE),
    ("Log status, odd status", call("LogStatusNotification", {"status": "X"}), PROPERTY),
    (
        "Log status, request a text",
        call("LogStatusNotification", {"status": "Idle", "requestId": "1"}),
        TYPE,
    ),
    (
        "Signed firmware, odd status",
        call("SignedFirmwareStatusNotification", {"status": "X"}),
        PROPERTY,
    ),
    ("Security event without type", call("SecurityEventNotification", {}), OCCURENCE),
    ("Security event, type of 51", call("SecurityEventNotification", {"type": "x" * 51}), PROPERTY),
    ("SignCertificate without csr", call("SignCertificate", {}), OCCURENCE),
    ("SignCertificate, csr of 5,501", call("SignCertificate", {"csr": "x" * 5_501}), PROPERTY),
    ("Start, empty", call("StartTransaction", {}), OCCURENCE),
    ("Start without connector", call("StartTransaction", without(START, "connectorId")), OCCURENCE),
    ("Start without idTag", call("StartTransaction", without(START, "idTag")), OCCURENCE),
    ("Start without meter", call("StartTransaction", without(START, "meterStart")), OCCURENCE),
    ("Start, meter a word", call("StartTransaction", {**START, "meterStart": "much"}), TYPE),
    ("Start, meter null", call("StartTransaction", {**START, "meterStart": None}), TYPE),
    ("Start, meter 10^30", call("StartTransaction", {**START, "meterStart": 10**30}), TYPE),
    ("Start, idTag empty", call("StartTransaction", {**START, "idTag": " "}), PROPERTY),
    ("Start, idTag of 300", call("StartTransaction", {**START, "idTag": "x" * 300}), PROPERTY),
    (
        "Start, connector 99999",
        call("StartTransaction", {**START, "connectorId": 99_999}),
        PROPERTY,
    ),
    ("Stop, empty", call("StopTransaction", {}), OCCURENCE),
    (
        "Stop without transaction",
        call("StopTransaction", without(STOP, "transactionId")),
        OCCURENCE,
    ),
    ("Stop without meter", call("StopTransaction", without(STOP, "meterStop")), OCCURENCE),
    ("Stop, meter an object", call("StopTransaction", {**STOP, "meterStop": {}}), TYPE),
    ("Meters, empty", call("MeterValues", {}), OCCURENCE),
    ("Meters without connector", call("MeterValues", without(METERS, "connectorId")), OCCURENCE),
    ("Meters without values", call("MeterValues", without(METERS, "meterValue")), OCCURENCE),
    ("Meters, an empty list", call("MeterValues", {**METERS, "meterValue": []}), OCCURENCE),
    ("Meters, values a text", call("MeterValues", {**METERS, "meterValue": "1"}), TYPE),
    ("Meters, connector a list", call("MeterValues", {**METERS, "connectorId": [1]}), TYPE),
]

REFUSED: list[Case] = [*NOT_A_FRAME, *WRONG_ENVELOPE, *WRONG_ACTION, *WRONG_PAYLOAD]

# Meant as answers, to calls that were never made: read, logged, never answered.
SILENT: list[tuple[str, str]] = [
    ("a result", '[3,"nobody",{}]'),
    ("a result without payload", '[3,"nobody"]'),
    ("a result whose payload is null", '[3,"nobody",null]'),
    ("a result whose payload is a list", '[3,"nobody",[]]'),
    ("a result with more elements", '[3,"nobody",{},1,2]'),
    ("a result without id", "[3]"),
    ("a result whose id is a number", "[3,7,{}]"),
    ("a result that is cut", '[3,"nobody",{"a"'),
    ("an error", '[4,"nobody","GenericError","",{}]'),
    ("an error without fields", '[4,"nobody"]'),
    ("an error with an unknown code", '[4,"nobody","Whatever",null,null]'),
    ("an error with wrong types", '[4,"nobody",5,[],"x"]'),
    ("an error without id", "[4]"),
    ("an error that is cut", '[4,"nobody","Gen'),
]

# Odd, but usable: answered with a result.
FORGIVEN: list[tuple[str, str | bytes]] = [
    ("payload null", '[2,"7","Heartbeat",null]'),
    ("blanks around all", ' [ 2 , "7" , "Heartbeat" , { } ] '),
    ("a binary frame", b'[2,"7","Heartbeat",{}]'),
    ("unknown fields", call("Heartbeat", {"a": {"b": [1]}})),
    ("the same key twice", '[2,"7","Authorize",{"idTag":"A","idTag":"B"}]'),
    ("NUL in a text", call("Authorize", {"idTag": "A\x00B"})),
    ("a lone surrogate", '[2,"7","Authorize",{"idTag":"A\\ud800"}]'),
    ("an idTag of 21 characters", call("Authorize", {"idTag": "x" * 21})),
    ("an unknown error code", call("StatusNotification", {**STATUS, "errorCode": "Odd"})),
    ("year 22222", call("StatusNotification", {**STATUS, "timestamp": "22222-01-01T00:00:00Z"})),
    ("year 1970", call("StatusNotification", {**STATUS, "timestamp": "1970-01-01T00:00:00Z"})),
    ("no zone", call("StatusNotification", {**STATUS, "timestamp": "2026-03-09T08:00:00"})),
    ("no date", call("StatusNotification", {**STATUS, "timestamp": "yesterday"})),
    ("30 February", call("StatusNotification", {**STATUS, "timestamp": "2026-02-30T08:00:00Z"})),
    ("stop with transaction null", call("StopTransaction", {**STOP, "transactionId": None})),
    ("stop of 2^63", call("StopTransaction", {**STOP, "transactionId": 2**63})),
    ("stop of 10^40", call("StopTransaction", {**STOP, "transactionId": 10**40})),
    ("meter as text", call("StartTransaction", {**START, "meterStart": "12.5"})),
    ("meter with a fraction", call("StartTransaction", {**START, "meterStart": 1e3})),
    (
        "a value of 10^400",
        call("MeterValues", {**METERS, "meterValue": [{"sampledValue": [{"value": "1e400"}]}]}),
    ),
    (
        "a value of 5,000 digits",
        call("MeterValues", {**METERS, "meterValue": [{"sampledValue": [{"value": "9" * 5_000}]}]}),
    ),
    (
        "values that are no objects",
        call("MeterValues", {**METERS, "meterValue": [1, None, "x", []]}),
    ),
    (
        "markup in all texts",
        call("BootNotification", dict.fromkeys(BOOT, "<script>alert(1)</script>{{7*7}}")),
    ),
]
