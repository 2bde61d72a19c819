"""What people say of a record, what stays of its EKA, and the tally of an evaluation of many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.charge_records.domain.eka import may_become
from apps.charge_records.domain.evaluation import (
    Kept,
    Mark,
    Progress,
    Standing,
    eka_after,
    marks_in_force,
    status_of,
)
from apps.charge_records.domain.statuses import BdrDetail, BdrMain, EkaStatus

pytestmark = pytest.mark.req("CDR-11")

steps = st.lists(st.tuples(st.sampled_from(Mark), st.booleans()))
statuses = st.sampled_from(EkaStatus)
standings = st.builds(
    Standing,
    main=st.sampled_from(BdrMain),
    detail=st.none() | st.sampled_from(BdrDetail),
    findings=st.just(()),
    error_class=st.none(),
    eka=statuses,
    energy_wh=st.integers(0, 3),
    medium=st.just("rfid"),
    emaid=st.just(""),
)


def test_marks_when_set_and_taken_back_then_the_newest_step_of_each_holds() -> None:
    taken = [(Mark.MANUAL, True), (Mark.GOODWILL, True), (Mark.MANUAL, False)]

    assert marks_in_force(taken) == {Mark.GOODWILL}


@given(steps, st.sampled_from(Mark), st.booleans())
def test_marks_when_one_more_step_then_only_its_mark_changes(
    taken: list[tuple[Mark, bool]], mark: Mark, is_set: bool
) -> None:
    before, after = marks_in_force(taken), marks_in_force([*taken, (mark, is_set)])

    assert after - {mark} == before - {mark}
    assert (mark in after) is is_set


@given(statuses, statuses)
def test_eka_when_found_anew_then_valid_and_irrelevant_stay_and_a_reason_is_given(
    before: EkaStatus, found: EkaStatus
) -> None:
    after, kept = eka_after(before, found)

    assert after in (before, found)
    if before in (EkaStatus.VALID, EkaStatus.IRRELEVANT):
        assert after is before
    assert (kept is None) is (after is found)
    if after is not before:
        assert may_become(before, after)


def test_eka_when_the_key_was_taken_away_then_valid_is_kept() -> None:
    assert eka_after(EkaStatus.VALID, EkaStatus.INVALID) == (EkaStatus.VALID, Kept.VALID)


@given(st.lists(st.tuples(standings, standings)))
def test_progress_when_records_follow_then_each_is_counted_once_and_survives_json(
    pairs: list[tuple[Standing, Standing]],
) -> None:
    progress = Progress()
    for key, (before, after) in enumerate(pairs, 1):
        progress = Progress.from_json(progress.with_next(key, before, after).to_json())

    moved = [pair for pair in pairs if status_of(pair[0]) != status_of(pair[1])]
    assert progress.done == progress.after == len(pairs)
    assert sum(progress.changes.values()) == len(moved) <= progress.changed
    assert progress.changed == sum(before != after for before, after in pairs)
