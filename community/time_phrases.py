"""Reading the times that people write: "今朝", "下个礼拜三下午", "国庆", "12月3号", "年初三", "三点半".

`find` gives where a phrase stands (no clock needed); `read` says what it means at a given moment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from lunardate import LunarDate

from community.holidays import holiday_days

DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2, "〇": 0, "日": 7, "天": 7, "末": 6}
NUMBER = r"(?:\d{1,2}|[一二三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"

RELATIVE_DAYS = {"大后天": 3, "后天": 2, "后日": 2, "后朝": 2, "明天": 1, "明朝": 1, "明日": 1, "明儿": 1, "明早": 1, "明晚": 1, "今天": 0,
                 "今朝": 0, "今日": 0, "今儿": 0, "今早": 0, "今晚": 0, "当天": 0, "前天": -2, "昨天": -1, "昨日": -1, "昨儿": -1}  # fmt: skip
NOW_WORDS = ("现在", "这会儿", "眼下", "此刻", "目前", "当前", "马上", "这辰光", "格歇", "搿歇", "现在辰光", "立刻")
FESTIVALS = {"国庆": "国庆节", "十一长假": "国庆节", "十一黄金周": "国庆节", "春节": "春节", "过年": "春节", "大年初一": "春节", "元旦": "元旦",
             "清明": "清明节", "五一": "劳动节", "劳动节": "劳动节", "端午": "端午节", "中秋": "中秋节", "除夕": "除夕", "大年夜": "除夕",
             "年三十": "除夕", "年夜": "除夕", "元宵": "元宵节", "重阳": "重阳节", "七夕": "七夕", "腊八": "腊八", "冬至": "冬至", "三八节": "妇女节",
             "妇女节": "妇女节", "儿童节": "儿童节", "六一": "儿童节", "教师节": "教师节", "圣诞": "圣诞节", "中元": "中元节"}  # fmt: skip
# Minutes from midnight in which a part of the day lies.
PARTS = {"早上": (360, 720), "早晨": (360, 720), "早浪": (360, 720), "早浪向": (360, 720), "上午": (360, 720), "上半天": (360, 720),
         "清早": (300, 540), "一早": (300, 540), "大清早": (300, 540), "中午": (690, 810), "中浪": (690, 810), "中浪向": (690, 810), "午休": (690, 810), "下午": (720, 1080),
         "下半天": (720, 1080), "午后": (720, 1080), "傍晚": (1020, 1140), "晚上": (1080, 1440), "晚浪": (1080, 1440), "夜里": (1080, 1440),
         "夜里向": (1080, 1440), "夜到": (1080, 1440), "夜头": (1080, 1440), "半夜": (0, 300), "半夜里": (0, 300), "凌晨": (0, 300), "夜间": (1080, 1440), "早": (360, 720),
         "晚": (1080, 1440)}  # fmt: skip
LABELS = {"早浪": "早上", "早浪向": "早上", "上半天": "上午", "中浪": "中午", "中浪向": "中午", "下半天": "下午", "晚浪": "晚上", "夜里向": "夜里",
          "夜到": "晚上", "夜头": "晚上", "早": "早上", "晚": "晚上"}  # fmt: skip


def _any(words: object) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))  # type: ignore[call-overload]


_WEEK = r"(?P<week>(?:下下|下|这|本|上)个?)?(?:礼拜|星期|周)(?P<weekday>[一二三四五六日天末1-7](?!点))"
_WHICH_MONTH = r"(?:下下|下|这|本|上)个?"
_DAY = rf"""
    (?P<relative>{_any(RELATIVE_DAYS)})
  | {_WEEK}
  | (?P<weekend>双休日?|休息天)
  | (?P<month>{NUMBER})\s*月\s*(?:份)?\s*(?:(?P<mday>{NUMBER})\s*[号日]?|(?P<mpart>底|初|中旬|上旬|下旬))
  | (?P<iso>20\d\d-\d\d?-\d\d?)
  | (?P<slash>(?<!\d)\d{{1,2}}/\d{{1,2}}(?!\d))
  | (?P<lunar>(?:大?年|正月)初(?P<lday>[一二三四五六七八九十]|\d{{1,2}}))
  | (?P<festival>{_any(FESTIVALS)})(?:节(?!水|约|能)|长假|假期|期间|黄金周|放假|当天)*
  | (?P<monthpart>(?:{_WHICH_MONTH}月|(?<![个几\d一二三四五六七八九十])月)(?:[底末]|[初头](?!一)))
  | (?P<dom>(?:{_WHICH_MONTH}月的?)?(?<![\d.村路弄栋幢\-])(?:\d{{1,2}}|[一二三]?十[一二三四五六七八九]?)[号日](?!\s*[\d楼地块线窗口房室门栋幢院机里弄里铺库]))
  | (?P<workdays>工作日|平常日子|平时|平日|平常)
"""
_PART = rf"(?P<part>{_any(PARTS)})"
_CLOCK = rf"""(?P<clock>(?P<hour>{NUMBER})\s*(?:点钟?|時|时(?!候|间))(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute>{NUMBER}|[0-5]\d|零[一二三四五六七八九五])分?)?
  |(?P<hhmm>(?<!\d)(?:[01]?\d|2[0-4])[:：][0-5]\d))"""
PHRASE = re.compile(rf"(?P<now>{_any(NOW_WORDS)})|(?:{_DAY})(?:\s*的?\s*{_PART})?(?:\s*的?\s*{_CLOCK})?", re.VERBOSE)
TIME_OF_DAY = re.compile(rf"(?:{_PART})(?:\s*{_CLOCK})?|{_CLOCK.replace('?P<', '?P<x')}", re.VERBOSE)


@dataclass(frozen=True)
class When:
    """What a time phrase means.

    days: the days meant, in order (never empty). minute: a time of day in minutes, or None. part: (from, to) minutes of
    a part of the day, or None. now: the very moment. usual: "平时", an ordinary week. label: how to say it back.
    """

    days: tuple[date, ...]
    label: str
    minute: int | None = None
    part: tuple[int, int] | None = None
    now: bool = False
    usual: bool = False
    festival: str = field(default="")


def find(text: str) -> list[tuple[int, int]]:
    """(start, end) of each time phrase in `text`, in order, not overlapping."""
    spans = [match.span() for match in PHRASE.finditer(text)]
    for match in TIME_OF_DAY.finditer(text):
        if len(match.group()) > 1 and not any(a < match.end() and match.start() < b for a, b in spans):
            spans.append(match.span())
    return sorted(spans)


def read(phrase: str, now: datetime) -> When:
    """The meaning of one phrase (as `find` cut it, or several joined by a space) at `now`.

    A text that holds no time gives the very moment.
    """
    today = now.date()
    parts = [phrase[a:b] for a, b in find(phrase)]
    if len(parts) > 1:  # "元旦当天", "12月3号当天": the day is said already
        parts = [part for part in parts if not part.startswith("当天")] or parts
    days: tuple[date, ...] = ()
    labels: list[str] = []
    extras: dict[str, object] = {}
    for piece in parts:
        match = PHRASE.match(piece)
        if match and match["now"]:
            extras["now"] = True
        elif match:
            more, label, usual, festival = _days(match, today)
            days, labels = days + more, [*labels, label]
            extras["usual"], extras["festival"] = usual, festival
        of_day = _time_of_day(piece)
        if of_day is not None:
            extras |= of_day
    if not parts or (extras.get("now") and not labels):
        return When((today,), "现在", now=True)
    spoken = str(extras.pop("spoken", ""))
    extras.pop("now", None)
    same_day = len(set(days)) == 1  # "元旦，一月一号": said twice
    label = (labels[0] if same_day and labels else "、".join(dict.fromkeys(labels))) or "今天"
    return When(tuple(dict.fromkeys(days)) or (today,), label + spoken, **extras)  # type: ignore[arg-type]


def number(text: str) -> int:
    """A number up to 99 in digits or Chinese numerals. Raises ValueError."""
    if text.isdigit():
        return int(text)
    if "十" in text:
        tens, _, ones = text.partition("十")
        return (DIGITS[tens] if tens else 1) * 10 + (DIGITS[ones] if ones else 0)
    if len(text) == 2 and text[0] == "零":
        return DIGITS[text[1]]
    if text not in DIGITS:
        raise ValueError(text)
    return DIGITS[text]


def _time_of_day(piece: str) -> dict[str, object] | None:
    part = re.search(_PART, piece)
    clock = re.search(_CLOCK, piece, re.VERBOSE)
    if clock is None and part is None:
        return None
    span = PARTS[part[0]] if part else None
    spoken = LABELS.get(part[0], part[0]) if part else ""
    if clock is None:
        return {"part": span, "spoken": spoken}
    if clock["hhmm"]:
        hour, minute = (int(x) for x in re.split("[:：]", clock["hhmm"]))
    else:
        hour = number(clock["hour"])
        minute = (
            30
            if clock["half"]
            else 15 * number(clock["quarter"])
            if clock["quarter"]
            else number(clock["minute"])
            if clock["minute"]
            else 0
        )
    # "三点" in the afternoon, or with no part said: a neighbourhood's offices keep daytime hours.
    night = span is not None and span[0] >= 1080
    if hour == 12 and (night or (span and span[0] == 0)):
        hour = 24 if night else 0
    elif span and span[0] == 690:
        hour += 12 if hour <= 2 else 0
    elif hour < 12 and ((span and span[0] >= 720) or (span is None and not clock["hhmm"] and 1 <= hour <= 5)):
        hour += 12
    return {"minute": min(hour * 60 + minute, 1440), "part": None, "spoken": f"{hour}:{minute:02d}"}


def _days(match: re.Match[str], today: date) -> tuple[tuple[date, ...], str, bool, str]:
    """(days, label, usual, festival) of a day phrase."""
    if match["relative"]:
        offset = RELATIVE_DAYS[match["relative"]]
        words = {3: "大后天", 2: "后天", 1: "明天", 0: "今天", -1: "昨天", -2: "前天"}
        return (today + timedelta(days=offset),), words[offset], False, ""
    if match["weekday"] or match["weekend"]:
        return _weekday(match, today)
    if match["festival"]:
        name = FESTIVALS[match["festival"]]
        return holiday_days(name, today), name, False, name
    if match["lunar"]:
        return _lunar_new_year(number(match["lday"]), today)
    if match["workdays"]:
        monday = today - timedelta(days=today.weekday())
        return tuple(monday + timedelta(days=n) for n in range(7)), "平时", True, ""
    day = _calendar_day(match, today)
    return (day,), f"{day.month}月{day.day}日", False, ""


def _weekday(match: re.Match[str], today: date) -> tuple[tuple[date, ...], str, bool, str]:
    monday = today - timedelta(days=today.weekday())
    week = (match["week"] or "").rstrip("个")
    monday += timedelta(weeks={"下下": 2, "下": 1, "上": -1}.get(week, 0))
    prefix = {"下下": "下下周", "下": "下周", "上": "上周"}.get(week, "周")
    if match["weekend"] or match["weekday"] == "末":
        return (monday + timedelta(days=5), monday + timedelta(days=6)), prefix + "末", False, ""
    weekday = number(match["weekday"]) if match["weekday"] not in "日天" else 7
    day = monday + timedelta(days=weekday - 1)
    # A bare "星期一" said on a Wednesday means the coming one; "这/本" stays in this week.
    if not week and day < today:
        day += timedelta(weeks=1)
    return (day,), prefix + "一二三四五六日"[weekday - 1], False, ""


def _lunar_new_year(nth: int, today: date) -> tuple[tuple[date, ...], str, bool, str]:
    nth = min(max(nth, 1), 29)  # every first month has 29 days; beyond that it is a slip of the pen
    for year in (today.year, today.year + 1):
        day: date = LunarDate(year, 1, nth).toSolarDate()
        if day >= today:
            break
    return (day,), "年初" + "零一二三四五六七八九十"[nth] if nth <= 10 else f"正月{nth}", False, ""


def _calendar_day(match: re.Match[str], today: date) -> date:
    """The next date that the words can mean; a date that does not exist falls on the month's last day."""
    if match["iso"]:
        return _safe(*(int(x) for x in match["iso"].split("-")))
    if match["monthpart"] or match["dom"]:
        return _day_of_month(match["monthpart"] or match["dom"], today)
    if match["slash"]:
        month, day = (int(x) for x in match["slash"].split("/"))
    else:
        month = number(match["month"])
        day = number(match["mday"]) if match["mday"] else {"底": 31, "初": 1, "上旬": 1, "中旬": 15, "下旬": 21}[match["mpart"]]
    month = min(max(month, 1), 12)
    found = _safe(today.year, month, day)
    # A day some months back is more likely next year's; one just gone is a question about the past.
    return found if found >= today - timedelta(days=60) else _safe(today.year + 1, month, day)


def _day_of_month(words: str, today: date) -> date:
    """ "下个月5号", "月底", "28号": without a month the next that is to come."""
    which = re.match(rf"(?:{_WHICH_MONTH})?月?的?", words)
    said = which.group() if which else ""
    rest = words[len(said) :]
    day = {"底": 31, "末": 31, "初": 1, "头": 1}.get(rest) or number(rest[:-1])
    month = {"下下": _next_month(_next_month(today)), "下": _next_month(today), "上": today.replace(day=1) - timedelta(days=1)}
    base = next((first for word, first in month.items() if said.startswith(word)), today)
    found = _safe(base.year, base.month, day)
    if found < today and said.rstrip("的") in ("", "月"):
        found = _safe(_next_month(today).year, _next_month(today).month, day)
    return found


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _safe(year: int, month: int, day: int) -> date:
    month = min(max(month, 1), 12)
    last = (_next_month(date(year, month, 1)) - timedelta(days=1)).day
    return date(year, month, min(max(day, 1), last))
