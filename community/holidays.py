"""Days off, days made up, and when a festival is.

Sources: the State Council's yearly notices as the package chinesecalendar has them; for a year not yet published, the
statutory fixed days of 全国年节及纪念日放假办法 (as of 2025: 元旦 1, 春节 除夕 to 初三, 清明 1, 劳动节 2, 端午 1, 中秋 1, 国庆 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

import chinese_calendar
from chinese_calendar.constants import holidays as PUBLISHED_OFF
from chinese_calendar.constants import workdays as PUBLISHED_WORK
from lunardate import LunarDate

LAST_PUBLISHED_YEAR = max(day.year for day in PUBLISHED_OFF)

# The library's English names.
CHINESE = {"New Year's Day": "元旦", "Spring Festival": "春节", "Tomb-sweeping Day": "清明节", "Labour Day": "劳动节",
           "Dragon Boat Festival": "端午节", "National Day": "国庆节", "Mid-autumn Festival": "中秋节",
           "Anti-Fascist 70th Day": "抗战胜利纪念日"}  # fmt: skip

SOLAR = {"元旦": (1, 1), "情人节": (2, 14), "妇女节": (3, 8), "植树节": (3, 12), "劳动节": (5, 1), "青年节": (5, 4),
         "儿童节": (6, 1), "建党节": (7, 1), "建军节": (8, 1), "教师节": (9, 10), "国庆节": (10, 1), "圣诞节": (12, 25)}  # fmt: skip
LUNAR = {"春节": (1, 1), "元宵节": (1, 15), "端午节": (5, 5), "七夕": (7, 7), "中元节": (7, 15), "中秋节": (8, 15),
         "重阳节": (9, 9), "腊八": (12, 8)}  # fmt: skip


@dataclass(frozen=True)
class DayKind:
    """`kind`: off (a national day off), made_up (a working day at a weekend), ordinary. `name`: the holiday's, or "".
    `published`: whether the year's calendar is known."""

    kind: Literal["off", "made_up", "ordinary"]
    name: str
    published: bool


@lru_cache(maxsize=4096)
def day_kind(day: date) -> DayKind:
    """What sort of day `day` is."""
    if day.year <= LAST_PUBLISHED_YEAR:
        if day in PUBLISHED_WORK:
            return DayKind("made_up", CHINESE.get(PUBLISHED_WORK[day], ""), True)
        off, name = chinese_calendar.get_holiday_detail(day)
        return DayKind("off", CHINESE.get(name, name), True) if off and name else DayKind("ordinary", "", True)
    for name in ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"):
        if day in statutory_days(name, day.year):
            return DayKind("off", name, False)
    return DayKind("ordinary", "", False)


def _qingming(year: int) -> date:
    """清明 by the century formula for 2000 to 2099 (寿星公式: [Y·0.2422 + 4.81] − [Y/4])."""
    short = year % 100
    return date(year, 4, int(short * 0.2422 + 4.81) - short // 4)


def festival_date(name: str, year: int) -> date | None:
    """The day of a festival in `year`, or None for a name that is none."""
    if name in SOLAR:
        return date(year, *SOLAR[name])
    if name in LUNAR:
        month, day = LUNAR[name]
        return LunarDate(year, month, day).toSolarDate() if name != "腊八" else _in_year(year, month, day)
    if name == "清明节":
        return _qingming(year)
    if name == "除夕":
        return LunarDate(year, 1, 1).toSolarDate() - timedelta(days=1)
    if name == "冬至":
        # 寿星公式 for 2000 to 2099: [Y·0.2422 + 21.94] − [Y/4]
        short = year % 100
        return date(year, 12, int(short * 0.2422 + 21.94) - short // 4)
    return None


def _in_year(year: int, month: int, day: int) -> date:
    """The lunar day whose solar date falls into `year` (late lunar months run into the next year)."""
    found = LunarDate(year - 1, month, day).toSolarDate()
    return found if found.year == year else LunarDate(year, month, day).toSolarDate()


def statutory_days(name: str, year: int) -> tuple[date, ...]:
    """The days off that the law fixes for a holiday, without the yearly moves; () where it is no day off."""
    first = festival_date(name, year)
    length = {"元旦": 1, "春节": 4, "清明节": 1, "劳动节": 2, "端午节": 1, "中秋节": 1, "国庆节": 3}.get(name)
    if first is None or length is None:
        return ()
    start = first - timedelta(days=1) if name == "春节" else first
    return tuple(start + timedelta(days=n) for n in range(length))


def holiday_days(name: str, today: date) -> tuple[date, ...]:
    """The days of the holiday `name` that is now or next, as far as known; a festival that is no day off has one.

    () for a name that is none.
    """
    for year in (today.year, today.year + 1):
        day = festival_date(name, year)
        if day is None:
            return ()
        days: tuple[date, ...] = (day,)
        if year <= LAST_PUBLISHED_YEAR:
            around = (day + timedelta(days=n) for n in range(-9, 10))
            days = tuple(d for d in around if day_kind(d).kind == "off" and _joined(d, day)) or (day,)
        else:
            days = statutory_days(name, year) or (day,)
        if days[-1] >= today:
            return days
    return ()


def _joined(day: date, festival: date) -> bool:
    """Whether all days between are off too: one holiday, also where two festivals share it."""
    low, high = sorted((day, festival))
    return all(day_kind(low + timedelta(days=n)).kind == "off" for n in range((high - low).days + 1))
