"""Days off, made-up days and festivals are those of the calendar on the wall."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.holidays import LAST_PUBLISHED_YEAR, LUNAR, SOLAR, day_kind, festival_date, holiday_days, statutory_days

HOLIDAYS = ["元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"]
FESTIVALS = [*SOLAR, *LUNAR, "清明节", "除夕", "冬至"]
NOT_PUBLISHED = LAST_PUBLISHED_YEAR + 1


@pytest.mark.parametrize(
    ("day", "kind", "name"),
    [
        (date(2026, 1, 1), "off", "元旦"),
        (date(2026, 2, 15), "off", "春节"),
        (date(2026, 4, 6), "off", "清明节"),
        (date(2026, 9, 25), "off", "中秋节"),
        (date(2026, 10, 1), "off", "国庆节"),
        (date(2026, 10, 7), "off", "国庆节"),
        (date(2026, 10, 8), "ordinary", ""),
        (date(2026, 10, 10), "made_up", "国庆节"),
        (date(2026, 2, 28), "made_up", "春节"),
        (date(2026, 11, 24), "ordinary", ""),
    ],
)
def test_a_published_day(day: date, kind: str, name: str) -> None:
    found = day_kind(day)
    assert (found.kind, found.name, found.published) == (kind, name, True)


def test_an_ordinary_weekend_is_no_national_day_off() -> None:
    assert day_kind(date(2026, 11, 28)).kind == "ordinary"
    assert day_kind(date(2026, 11, 29)).kind == "ordinary"


def test_a_year_not_yet_published_has_the_statutory_days_and_says_so() -> None:
    national = [day_kind(date(NOT_PUBLISHED, 10, day)) for day in range(1, 5)]
    assert [kind.kind for kind in national] == ["off", "off", "off", "ordinary"]
    assert national[0].name == "国庆节"
    assert not any(kind.published for kind in national)


def test_nothing_is_made_up_in_a_year_not_yet_published() -> None:
    first = date(NOT_PUBLISHED, 1, 1)
    assert {day_kind(first + timedelta(days=n)).kind for n in range(365)} == {"off", "ordinary"}


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("春节", date(2026, 2, 17)),
        ("除夕", date(2026, 2, 16)),
        ("元宵节", date(2026, 3, 3)),
        ("清明节", date(2026, 4, 5)),
        ("端午节", date(2026, 6, 19)),
        ("七夕", date(2026, 8, 19)),
        ("中元节", date(2026, 8, 27)),
        ("中秋节", date(2026, 9, 25)),
        ("重阳节", date(2026, 10, 18)),
        ("冬至", date(2026, 12, 22)),
        ("腊八", date(2026, 1, 26)),
        ("教师节", date(2026, 9, 10)),
        ("春节", date(2027, 2, 6)),
        ("腊八", date(2027, 1, 15)),
        ("春节", date(2025, 1, 29)),
    ],
)
def test_when_a_festival_is(name: str, day: date) -> None:
    assert festival_date(name, day.year) == day


def test_a_name_that_is_no_festival() -> None:
    assert festival_date("星期一", 2026) is None
    assert statutory_days("星期一", 2026) == ()
    assert statutory_days("重阳节", 2026) == ()
    assert holiday_days("星期一", date(2026, 11, 24)) == ()


@pytest.mark.parametrize("year", range(2008, LAST_PUBLISHED_YEAR + 1))
def test_our_own_qingming_is_the_published_one(year: int) -> None:
    day = festival_date("清明节", year)
    assert day is not None
    assert (day_kind(day).kind, day_kind(day).name) == ("off", "清明节")


def test_the_spring_festival_by_law_begins_the_day_before_new_year() -> None:
    assert statutory_days("春节", 2027) == (date(2027, 2, 5), date(2027, 2, 6), date(2027, 2, 7), date(2027, 2, 8))


def test_a_holiday_to_come_is_the_whole_run_of_days_off() -> None:
    assert holiday_days("国庆节", date(2026, 8, 1)) == tuple(date(2026, 10, n) for n in range(1, 8))
    assert holiday_days("春节", date(2026, 1, 10)) == tuple(date(2026, 2, n) for n in range(15, 24))


def test_within_a_holiday_it_is_the_one_of_now() -> None:
    assert holiday_days("国庆节", date(2026, 10, 7))[0] == date(2026, 10, 1)
    assert holiday_days("国庆节", date(2026, 10, 8))[0] == date(2027, 10, 1)


def test_a_new_year_that_begins_in_december() -> None:
    assert holiday_days("元旦", date(2022, 12, 31)) == (date(2022, 12, 31), date(2023, 1, 1), date(2023, 1, 2))


def test_two_festivals_in_one_holiday() -> None:
    assert holiday_days("中秋节", date(2025, 9, 1)) == tuple(date(2025, 10, n) for n in range(1, 9))


def test_a_festival_that_is_no_day_off_is_one_day() -> None:
    assert holiday_days("重阳节", date(2026, 9, 1)) == (date(2026, 10, 18),)


@given(st.sampled_from(FESTIVALS), st.dates(date(2010, 1, 1), date(2060, 12, 31)))
def test_the_holiday_asked_for_is_not_over_and_has_no_gap(name: str, today: date) -> None:
    days = holiday_days(name, today)
    assert days[-1] >= today
    assert [day - days[0] for day in days] == [timedelta(days=n) for n in range(len(days))]
    assert days[0] - today < timedelta(days=400)


@given(st.sampled_from(HOLIDAYS), st.integers(NOT_PUBLISHED, 2060))
def test_statutory_days_are_off(name: str, year: int) -> None:
    assert all(day_kind(day).kind == "off" for day in statutory_days(name, year))
