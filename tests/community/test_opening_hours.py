"""What is open when: weekdays, breaks, services, national days off, made-up days, closures."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community import opening_hours
from community.database import reading
from community.models import Closure, Hours
from community.opening_hours import clock, day_plan, minutes, next_opening, status_at, weekday_set

TUESDAY, SATURDAY, SUNDAY = date(2026, 11, 24), date(2026, 11, 28), date(2026, 11, 29)
NATIONAL_DAY, MADE_UP_SATURDAY = date(2026, 10, 1), date(2026, 10, 10)


def row(weekdays: str, opens: str, closes: str, service: str | None = None, **more: object) -> Hours:
    return Hours(place_id="hall", weekdays=weekdays, opens=opens, closes=closes, service=service, **more)


def closure(first: date, last: date, service: str | None = None, reason: str | None = "整理") -> Closure:
    return Closure(place_id="hall", service=service, from_date=first, to_date=last, reason=reason, source="示例")


HALL = [
    row("1-5", "08:30", "11:30"),
    row("1-5", "13:30", "17:00"),
    row("6", "09:00", "11:30", note="只留一个窗口"),
    row("2,4", "09:00", "10:00", "残联窗口"),
]


def spans(rows: list[Hours], day: date, service: str | None = None, closures: list[Closure] | None = None) -> list[str]:
    return [f"{clock(a)}-{clock(b)}" for a, b in day_plan(rows, closures or [], service, day).spans]


def test_an_ordinary_week() -> None:
    assert spans(HALL, TUESDAY) == ["08:30-11:30", "13:30-17:00"]
    assert spans(HALL, SATURDAY) == ["09:00-11:30"]
    assert spans(HALL, SUNDAY) == []
    assert day_plan(HALL, [], None, SATURDAY).notes == ("只留一个窗口",)


def test_rows_in_any_order_make_the_day_in_order() -> None:
    assert spans(HALL[1::-1], TUESDAY) == ["08:30-11:30", "13:30-17:00"]


def test_a_service_has_its_own_hours_or_those_of_the_place() -> None:
    assert spans(HALL, TUESDAY, "残联窗口") == ["09:00-10:00"]
    assert spans(HALL, TUESDAY + timedelta(days=1), "残联窗口") == []
    assert spans(HALL, TUESDAY, "社保窗口") == ["08:30-11:30", "13:30-17:00"]


def test_on_a_national_day_off_only_holiday_rows_and_rows_of_all_days_apply() -> None:
    assert spans(HALL, NATIONAL_DAY) == []
    assert spans([*HALL, row("holiday", "09:00", "11:00")], NATIONAL_DAY) == ["09:00-11:00"]
    assert spans([row("1-7", "08:00", "20:00")], NATIONAL_DAY) == ["08:00-20:00"]
    assert spans([row("1,2,3,4,5,6,7", "08:00", "20:00")], NATIONAL_DAY) == ["08:00-20:00"]
    assert spans([row("workday", "08:00", "20:00")], NATIONAL_DAY) == []


def test_holiday_rows_do_not_apply_to_an_ordinary_weekend() -> None:
    assert spans([row("holiday", "09:00", "11:00")], SUNDAY) == []


def test_a_made_up_saturday_has_the_workday_rows() -> None:
    rows = [row("workday", "09:00", "16:00"), row("1-5", "10:00", "12:00"), row("6", "14:00", "15:00")]
    assert spans(rows, MADE_UP_SATURDAY) == ["09:00-16:00"]


def test_a_made_up_saturday_without_workday_rows_is_like_a_monday() -> None:
    assert spans(HALL, MADE_UP_SATURDAY) == ["08:30-11:30", "13:30-17:00"]
    assert spans([row("2-7", "09:00", "16:00")], MADE_UP_SATURDAY) == []


def test_workday_is_monday_to_friday_less_days_off() -> None:
    rows = [row("workday", "09:00", "16:00")]
    assert spans(rows, TUESDAY) == ["09:00-16:00"]
    assert spans(rows, SATURDAY) == []
    assert spans(rows, NATIONAL_DAY) == []


def test_a_closure_of_the_place_closes_its_services() -> None:
    closed = [closure(TUESDAY, TUESDAY + timedelta(days=1), reason="整理图书")]
    for service in (None, "残联窗口", "社保窗口"):
        plan = day_plan(HALL, closed, service, TUESDAY)
        assert (plan.spans, plan.closed_for) == ((), "整理图书")
    assert spans(HALL, TUESDAY + timedelta(days=2), closures=closed) != []


def test_a_closure_of_a_service_leaves_the_rest_open() -> None:
    closed = [closure(TUESDAY, TUESDAY, "残联窗口")]
    assert spans(HALL, TUESDAY, "残联窗口", closed) == []
    assert spans(HALL, TUESDAY, None, closed) == ["08:30-11:30", "13:30-17:00"]


def test_a_closure_without_a_reason_is_one_all_the_same() -> None:
    plan = day_plan(HALL, [closure(TUESDAY, TUESDAY, reason=None)], None, TUESDAY)
    assert (plan.spans, plan.closed_for) == ((), "")


def test_summer_and_winter_hours() -> None:
    rows = [row("1-5", "17:00", "18:45", valid_to=date(2026, 10, 31)), row("1-5", "16:45", "18:15", valid_from=date(2026, 11, 1))]
    assert spans(rows, date(2026, 10, 30)) == ["17:00-18:45"]
    assert spans(rows, date(2026, 11, 2)) == ["16:45-18:15"]


@pytest.mark.parametrize(
    ("at", "is_open", "until"),
    [
        ("08:29", False, "08:30"),
        ("08:30", True, "11:30"),
        ("11:29", True, "11:30"),
        ("11:30", False, "13:30"),
        ("16:59", True, "17:00"),
        ("17:00", False, None),
    ],
)
def test_at_a_moment(at: str, is_open: bool, until: str | None) -> None:
    status = status_at(HALL, [], None, datetime.fromisoformat(f"2026-11-24T{at}"))
    assert (status.open, status.until) == (is_open, until and minutes(until))


def test_after_closing_it_says_when_it_opens_next() -> None:
    following = status_at(HALL, [], None, datetime(2026, 11, 28, 12, 0)).next_day
    assert following is not None
    assert (following.day, following.spans[0]) == (date(2026, 11, 30), (510, 690))


def test_the_next_opening_jumps_over_closures_and_days_off() -> None:
    closed = [closure(date(2026, 10, 8), date(2026, 10, 9))]
    following = next_opening(HALL, closed, None, date(2026, 9, 30), 1020)
    assert following is not None
    assert following.day == MADE_UP_SATURDAY


def test_what_never_opens_has_no_next_opening() -> None:
    assert next_opening([], [], None, TUESDAY, 0) is None
    assert status_at([row("1-5", "08:00", "09:00", valid_to=TUESDAY)], [], None, datetime(2026, 11, 24, 9, 0)).next_day is None


def test_open_until_midnight() -> None:
    rows = [row("1-7", "06:00", "24:00")]
    status = status_at(rows, [], None, datetime(2026, 11, 24, 23, 59))
    assert (status.open, status.until) == (True, 1440)


def test_rows_that_meet_are_one_time_of_opening() -> None:
    rows = [row("1-5", "08:00", "12:00"), row("1-5", "12:00", "17:00")]
    assert status_at(rows, [], None, datetime(2026, 11, 24, 10, 0)).until == minutes("17:00")


def test_a_day_whose_calendar_is_not_published_is_uncertain() -> None:
    assert day_plan(HALL, [], None, date(2060, 3, 2)).uncertain
    assert not day_plan(HALL, [], None, TUESDAY).uncertain


@pytest.mark.parametrize(
    ("cell", "days"),
    [("1-5", {1, 2, 3, 4, 5}), ("6,7", {6, 7}), ("1-3, 6", {1, 2, 3, 6}), ("3", {3}), ("holiday", set()), ("workday", set())],
)
def test_weekdays(cell: str, days: set[int]) -> None:
    assert weekday_set(cell) == days


@given(st.integers(0, 1440))
def test_a_time_and_its_minute(minute: int) -> None:
    assert minutes(clock(minute)) == minute


SPANS = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda span: span[0] < span[1])
ROWS = st.builds(
    lambda cell, span: row(cell, clock(span[0]), clock(span[1])),
    st.sampled_from(["1-7", "1-5", "6,7", "holiday", "workday", "2", "1,3,5"]),
    SPANS,
)


@given(st.lists(ROWS, max_size=5), st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31)))
def test_open_is_just_when_a_span_of_the_day_holds_the_moment(rows: list[Hours], at: datetime) -> None:
    status = status_at(rows, [], None, at)
    minute = at.hour * 60 + at.minute
    assert status.open == any(a <= minute < b for a, b in status.plan.spans)
    if status.until is not None:
        assert status.until > minute
    if status.next_day is not None:
        assert (status.next_day.day, status.next_day.spans[0][0]) >= (at.date(), minute)


def test_the_places_of_a_service_of_the_sample(sample: str) -> None:
    with reading() as session:
        assert opening_hours.places_with_service(session, "社保窗口") == ["service-hall"]
        assert opening_hours.places_with_service(session, "剃度") == []
        rows, closures = opening_hours.hours_of(session, "reading-room"), opening_hours.closures_of(session, "reading-room")
    assert day_plan(rows, closures, None, date(2026, 11, 10)).closed_for == "整理图书"
    assert not day_plan(rows, closures, None, date(2026, 11, 9)).spans
    assert day_plan(rows, closures, "借书还书", date(2026, 11, 12)).spans == ((510, 690), (780, 990))
