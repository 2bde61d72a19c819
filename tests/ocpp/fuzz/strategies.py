"""Hypothesis strategies for what a charger could send: raw frames, from valid to hopeless.

`messages()` gives text or bytes, at most 64 KiB. It mixes recorded valid requests, the same with
fields removed, changed and added, arrays of any shape, damaged text and plain noise. Used by the
tests (500 messages) and by the bench (10,000).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from apps.ocpp.schemas import ACTIONS, FROM_CHARGER

SIZE_MAX = 64 * 1024
ANSWERING_LIMIT = 36
# Requests of this length at most are damaged and mutated; longer ones would only cost time.
RECORDED_MAX = 2_000
FRAMES = Path(__file__).parents[1] / "frames"


def recorded_requests() -> list[tuple[str, dict[str, Any]]]:
    """Return (action, payload) of all valid requests in the recordings, in the order of names."""
    found = []
    for path in sorted(FRAMES.glob("*.json")):
        file = json.loads(path.read_text("utf-8"))
        if file["direction"] == "from charger":
            found.extend((frame[2], frame[3]) for frame in file["valid"])
    return [pair for pair in found if len(json.dumps(pair)) <= RECORDED_MAX]


RECORDED = recorded_requests()

odd_times = st.sampled_from(
    [
        *("22222-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "0000-00-00T00:00:00Z", "now", ""),
        *(
            "2026-03-09T08:00:00",
            "2026-03-09 08:00",
            "2026-02-30T25:61:61Z",
            "9999-12-31T23:59:60Z",
        ),
        *("2026-03-09T08:00:00.123456789+23:59", "1772960400", "-1-01-01T00:00:00Z"),
    ]
)
odd_numbers = st.one_of(
    st.integers(),
    st.sampled_from([0, -1, 2**31, 2**63 - 1, 2**63, -(2**63), 10**40]),
    st.floats(allow_nan=False, allow_infinity=False),
)
odd_texts = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            *(
                "\x00",
                "a\x00b",
                "\ud800",
                "{{7*7}}",
                "<script>",
                "'; DROP TABLE x;--",
                "%s",
                "../..",
            ),
            *("x" * 21, "x" * 256, "x" * 3_000, " ", "٣", "\u202e", "\U0001f50c", "1e400", "NaN"),
        ]
    ),
)
leaves = st.one_of(st.none(), st.booleans(), odd_numbers, odd_texts, odd_times)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(odd_texts, inner, max_size=4)
    ),
    max_leaves=6,
)
message_ids = st.one_of(
    st.uuids().map(str), st.text(min_size=1, max_size=ANSWERING_LIMIT), odd_texts, leaves
)
actions = st.one_of(
    st.sampled_from(sorted(FROM_CHARGER)), st.sampled_from(sorted(ACTIONS)), odd_texts
)


def messages() -> st.SearchStrategy[str | bytes]:
    """Return the strategy of raw frames."""
    return st.one_of(
        valid_requests(),
        mutated_requests(),
        arrays(),
        damaged_texts(),
        st.text(max_size=200).map(encodable),
        st.binary(max_size=200),
    )


def as_text(value: Any) -> str:
    """Return JSON text; lone surrogates stay as escapes, so that it can be sent."""
    return json.dumps(value)


def encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def valid_requests() -> st.SearchStrategy[str]:
    """Return recorded requests under an id of their own."""
    return st.builds(
        lambda message_id, recorded: as_text([2, str(message_id), *recorded]),
        st.uuids(),
        st.sampled_from(RECORDED),
    )


@st.composite
def mutated_requests(draw: st.DrawFn) -> str:
    """Return a recorded request with one to three fields removed, changed or added."""
    action, recorded = draw(st.sampled_from(RECORDED))
    payload = json.loads(json.dumps(recorded))
    for _ in range(draw(st.integers(1, 3))):
        mutate(draw, payload)
    return as_text([2, draw(message_ids), action, payload])


def mutate(draw: st.DrawFn, payload: dict[str, Any]) -> None:
    """Change the object, or one of the objects inside it."""
    inner = [value for value in payload.values() if isinstance(value, (dict, list)) and value]
    if inner and draw(st.booleans()):
        chosen = draw(st.sampled_from(inner))
        if isinstance(chosen, list):
            position = draw(st.integers(0, len(chosen) - 1))
            if isinstance(chosen[position], dict):
                mutate(draw, chosen[position])
            else:
                chosen[position] = draw(values)
        else:
            mutate(draw, chosen)
        return
    names = sorted(payload)
    kind = draw(st.sampled_from(["remove", "change", "add"]))
    if kind == "add" or not names:
        payload[draw(odd_texts)] = draw(values)
        return
    name = draw(st.sampled_from(names))
    if kind == "remove":
        del payload[name]
    else:
        payload[name] = draw(values)


def arrays() -> st.SearchStrategy[str]:
    """Return arrays that may be frames: any type, id, action and payload, any length."""
    kinds = st.one_of(st.sampled_from([2, 2, 2, 3, 4]), leaves)
    whole = st.tuples(kinds, message_ids, actions, values).map(list)
    return st.one_of(whole, st.lists(values, max_size=6)).map(as_text)


@st.composite
def damaged_texts(draw: st.DrawFn) -> str | bytes:
    """Return a valid frame with a piece cut out, doubled or overwritten, as text or bytes."""
    text = draw(valid_requests())
    begin = draw(st.integers(0, len(text)))
    end = draw(st.integers(begin, min(len(text), begin + 20)))
    filling = draw(
        st.one_of(st.just(""), st.text(max_size=5).map(encodable), st.just(text[begin:end] * 2))
    )
    damaged = text[:begin] + filling + text[end:]
    if draw(st.booleans()):
        return damaged
    raw = damaged.encode()
    return raw[: draw(st.integers(0, len(raw)))]
