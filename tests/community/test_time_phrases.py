"""What people write about times means the days and minutes that they mean. The clock: Tuesday, 2026-11-24, 10:00."""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.time_phrases import FESTIVALS, PARTS, RELATIVE_DAYS, find, number, read

NOW = datetime(2026, 11, 24, 10, 0)
AFTERNOON, EVENING = (720, 1080), (1080, 1440)


@pytest.mark.parametrize(
    ("phrase", "month", "day", "label"),
    [
        ("今天", 11, 24, "今天"),
        ("今朝", 11, 24, "今天"),
        ("明朝", 11, 25, "明天"),
        ("后天", 11, 26, "后天"),
        ("大后天", 11, 27, "大后天"),
        ("昨天", 11, 23, "昨天"),
        ("星期二", 11, 24, "周二"),
        ("星期一", 11, 30, "周一"),
        ("礼拜天", 11, 29, "周日"),
        ("周3", 11, 25, "周三"),
        ("这个星期一", 11, 23, "周一"),
        ("本周日", 11, 29, "周日"),
        ("下个礼拜三", 12, 2, "下周三"),
        ("下下周一", 12, 7, "下下周一"),
        ("上周五", 11, 20, "上周五"),
        ("12月3号", 12, 3, "12月3日"),
        ("十二月三号", 12, 3, "12月3日"),
        ("十二月二十一日", 12, 21, "12月21日"),
        ("2026-12-03", 12, 3, "12月3日"),
        ("12/3", 12, 3, "12月3日"),
        ("30号", 11, 30, "11月30日"),
        ("31号", 11, 30, "11月30日"),
        ("20号", 12, 20, "12月20日"),
        ("10月20号", 10, 20, "10月20日"),
        ("月底", 11, 30, "11月30日"),
        ("下个月底", 12, 31, "12月31日"),
        ("下月底", 12, 31, "12月31日"),
        ("下个月5号", 12, 5, "12月5日"),
        ("下个月28号", 12, 28, "12月28日"),
        ("上个月20号", 10, 20, "10月20日"),
        ("这个月28号", 11, 28, "11月28日"),
        ("下月头", 12, 1, "12月1日"),
        ("月初", 12, 1, "12月1日"),
        ("12月底", 12, 31, "12月31日"),
        ("十二月中旬", 12, 15, "12月15日"),
        ("冬至", 12, 22, "冬至"),
    ],
)
def test_a_day(phrase: str, month: int, day: int, label: str) -> None:
    when = read(phrase, NOW)
    assert (when.days, when.label) == ((date(2026, month, day),), label)
    assert (when.minute, when.part, when.now, when.usual) == (None, None, False, False)


@pytest.mark.parametrize(
    ("phrase", "day"),
    [
        ("1月5号", date(2027, 1, 5)),
        ("8月1号", date(2027, 8, 1)),
        ("2月30号", date(2027, 2, 28)),
        ("年初三", date(2027, 2, 8)),
        ("大年初一", date(2027, 2, 6)),
        ("正月初五", date(2027, 2, 10)),
        ("除夕", date(2027, 2, 5)),
        ("腊八", date(2027, 1, 15)),
        ("元宵", date(2027, 2, 20)),
    ],
)
def test_a_day_of_the_coming_year(phrase: str, day: date) -> None:
    assert read(phrase, NOW).days == (day,)


@pytest.mark.parametrize("phrase", ["周末", "这周末", "双休日", "礼拜末"])
def test_the_weekend_is_two_days(phrase: str) -> None:
    when = read(phrase, NOW)
    assert (when.days, when.label) == ((date(2026, 11, 28), date(2026, 11, 29)), "周末")


def test_next_weekend() -> None:
    assert read("下周末", NOW).days == (date(2026, 12, 5), date(2026, 12, 6))


def test_a_holiday_is_its_days_off() -> None:
    when = read("国庆节期间", datetime(2026, 9, 1, 9, 0))
    assert when.days == tuple(date(2026, 10, n) for n in range(1, 8))
    assert (when.label, when.festival) == ("国庆节", "国庆节")


def test_the_usual_week() -> None:
    when = read("平时", NOW)
    assert when.usual
    assert when.days == tuple(date(2026, 11, n) for n in range(23, 30))


@pytest.mark.parametrize("phrase", ["现在", "格歇", "", "请问一下", "2号楼", "泗塘一村2号地块"])
def test_now_and_no_time_at_all(phrase: str) -> None:
    when = read(phrase, NOW)
    assert when.now
    assert when.days == (date(2026, 11, 24),)


@pytest.mark.parametrize(
    ("phrase", "part", "label"),
    [
        ("下午", AFTERNOON, "今天下午"),
        ("今晚", EVENING, "今天晚上"),
        ("明早", (360, 720), "明天早上"),
        ("后日早浪向", (360, 720), "后天早上"),
        ("下个礼拜三下午", AFTERNOON, "下周三下午"),
        ("夜里向", EVENING, "今天夜里"),
    ],
)
def test_a_part_of_the_day(phrase: str, part: tuple[int, int], label: str) -> None:
    when = read(phrase, NOW)
    assert (when.part, when.minute, when.label) == (part, None, label)


@pytest.mark.parametrize(
    ("phrase", "at"),
    [
        ("三点半", "15:30"),
        ("三点一刻", "15:15"),
        ("三点三刻", "15:45"),
        ("八点", "8:00"),
        ("八点零五分", "8:05"),
        ("十一点二十", "11:20"),
        ("8:30", "8:30"),
        ("8：30", "8:30"),
        ("3:00", "3:00"),
        ("晚上8:30", "20:30"),
        ("早上八点", "8:00"),
        ("明早八点", "8:00"),
        ("下午三点", "15:00"),
        ("夜里向八点", "20:00"),
        ("傍晚六点", "18:00"),
        ("半夜两点", "2:00"),
        ("凌晨四点", "4:00"),
        ("中午十二点半", "12:30"),
        ("中午一点", "13:00"),
        ("24:00", "24:00"),
        ("二十点", "20:00"),
    ],
)
def test_a_time_of_day(phrase: str, at: str) -> None:
    hour, minute = at.split(":")
    when = read(phrase, NOW)
    assert when.minute == int(hour) * 60 + int(minute)
    assert when.label.endswith(at)


@pytest.mark.parametrize("phrase", ["晚上十二点", "夜里12点"])
def test_twelve_at_night_is_midnight_not_noon(phrase: str) -> None:
    assert read(phrase, NOW).minute == 1440


def test_a_day_and_a_time() -> None:
    when = read("下周六上午九点半", NOW)
    assert (when.days, when.minute, when.label) == ((date(2026, 12, 5),), 570, "下周六9:30")


def test_several_days_and_a_day_said_twice() -> None:
    assert read("星期六或者星期天", NOW).days == (date(2026, 11, 28), date(2026, 11, 29))
    assert read("明天 明朝", NOW).days == (date(2026, 11, 25),)


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("明天卫生站开伐", ["明天"]),
        ("下个礼拜三下午可以配药吗", ["下个礼拜三下午"]),
        ("今朝几点钟关门", ["今朝"]),
        ("我家在泗塘一村2号楼", []),
        ("2号地块二期造得哪能了", []),
        ("200弄3号楼", []),
        ("12月3号抽血，星期六呢", ["12月3号", "星期六"]),
        ("社保卡怎么补", []),
        ("国庆节约吃饭", ["国庆"]),
    ],
)
def test_where_the_phrases_stand(text: str, phrases: list[str]) -> None:
    assert [text[a:b] for a, b in find(text)] == phrases


@pytest.mark.parametrize(
    ("text", "value"), [("3", 3), ("12", 12), ("三", 3), ("两", 2), ("十", 10), ("十二", 12), ("三十", 30), ("三十一", 31), ("零五", 5)]
)
def test_numbers(text: str, value: int) -> None:
    assert number(text) == value


def test_what_is_no_number() -> None:
    with pytest.raises(ValueError, match="幢"):
        number("幢")


FRAGMENTS = [
    *FESTIVALS,
    *PARTS,
    *RELATIVE_DAYS,
    *"0123456789零一二三四五六七八九十两半刻点分年月号日底初:/-",
    "正月初",
    "大年初",
    "星期",
    "下个",
    " ",
    "的",
    "2026-",
]
TEXTS = st.lists(st.sampled_from(FRAGMENTS), max_size=8).map("".join) | st.text(max_size=30)


@given(TEXTS)
def test_phrases_stand_in_order_and_apart(text: str) -> None:
    spans = find(text)
    assert all(0 <= a < b <= len(text) for a, b in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


@pytest.mark.parametrize("phrase", ["正月初99", "年初0", "99点", "13月45号", "0月0号", "2026-99-99", "25/0"])
def test_a_slip_of_the_pen_still_means_some_day(phrase: str) -> None:
    assert read(phrase, NOW).days


@given(TEXTS, st.datetimes(datetime(2024, 1, 1), datetime(2040, 12, 31)))
def test_whatever_is_written_can_be_read(text: str, now: datetime) -> None:
    when = read(text, now)
    assert when.days
    assert when.label
    assert when.minute is None or 0 <= when.minute <= 1440
