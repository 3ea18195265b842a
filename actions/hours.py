"""Opening hours of places and of services in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from actions import texts
from actions.answering import Answer, Answering, footer, not_found, short_day, with_others
from actions.asked import Asked
from community import lookups, opening_hours
from community.holidays import day_kind
from community.models import Closure, Hours, Place
from community.opening_hours import DayPlan, clock
from community.time_phrases import When

OVERVIEW_AT_MOST = 4
# Questions about the week rather than a day.
ABOUT_THE_WEEK = re.compile(
    r"礼拜几|星期几|周几|哪天|哪几天|每天|天天|平时|节假日|开放时间|营业时间|上班时间|办公时间|开门时间|服务时间|什么时候有|休息日"
)
ANOTHER_PLACE = re.compile(r"村|小区|地块|号|路|[站室厅院馆所园店]$")
WHICH_DAY = re.compile(r"礼拜几|星期几|周几|哪天|哪几天|哪一天|下次")


@dataclass(frozen=True)
class Target:
    """A place, or a service in it, with its rows."""

    place: Place
    service: str | None
    hours: list[Hours]
    closures: list[Closure]

    @property
    def label(self) -> str:
        return f"{self.place.name}的{self.service}" if self.service else str(self.place.name)

    def plan(self, day: date) -> DayPlan:
        return opening_hours.day_plan(self.hours, self.closures, self.service, day)


class ActionOpeningHours(Answering):
    def name(self) -> str:
        return "action_opening_hours"

    def answer(self, asked: Asked, session: Session) -> Answer:
        targets, question = find_targets(asked, session)
        if question is not None:
            return question
        when, answer = asked.when(), Answer()
        for target in targets:
            answer.lines += _hours(target, when, asked)
            answer.facts.append(("place", target.place.place_id))
        # An answer about several places gets no reminder each.
        if len(targets) == 1:
            answer.place = targets[0].place.place_id
            answer.lines += _notes(targets[0], when)
        answer.lines.append(footer(target.place for target in targets))
        return with_others(answer, asked)


def find_targets(asked: Asked, session: Session) -> tuple[list[Target], Answer | None]:
    """What the question is about, or the question back when that is not clear."""
    services = asked.ids("service", carry="place" not in asked.named)
    if asked.unknown and not asked.named.get("service") and not asked.named.get("place"):
        if asked.topic == "action_opening_hours" and "place" in asked.before and not ANOTHER_PLACE.search(asked.unknown):
            asked.spoken.pop("unknown")
            return find_targets(asked, session)
        called = [place for place in lookups.everything(session, Place) if asked.unknown in place.name]
        if len(called) != 1:
            return [], not_found(asked.unknown)
        return [_target(session, called[0], None)], None
    place_values = asked.values("place", carry=not asked.named.get("service") or asked.is_follow_up)
    if any("|" in value for value in place_values):
        return [], _which_place(asked, session, place_values)
    places = _without_wholes(lookups.by_ids(session, Place, asked.ids("place", carry=bool(place_values))))
    if asked.estate:
        places = [lookups.counterpart(session, place, asked.estate) for place in places]
    if services:
        return _service_targets(asked, session, services, places)
    if not places:
        places = _main_places(session)
        if not places:
            return [], Answer([texts.NOTHING_NAMED], [texts.HAND_OFF])
        targets = [_target(session, place, None) for place in places]
        when = asked.when()
        answer = Answer()
        for target in targets:
            answer.lines.append("；".join(line.rstrip("：。") for line in _hours(target, when, asked)) + "。")
            answer.facts.append(("place", target.place.place_id))
        answer.lines += [footer(places), texts.WHICH_PLACE]
        answer.buttons = [*(place.name for place in places), texts.HAND_OFF]
        return [], answer
    return [_target(session, place, None) for place in places], None


def _which_place(asked: Asked, session: Session, values: list[str]) -> Answer:
    ids = [ident for value in values for ident in value.split("|")]
    return Answer([texts.WHICH_PLACE], [place.name for place in lookups.by_ids(session, Place, ids)])


def _without_wholes(places: list[Place]) -> list[Place]:
    """ "公共客厅的卫生站" names two places; the part is meant, not the whole."""
    wholes = {place.parent_id for place in places}
    return [place for place in places if place.place_id not in wholes] or places


def _main_places(session: Session) -> list[Place]:
    """The first places with hours of their own, for a question that names none."""
    places = lookups.everything(session, Place)
    return [place for place in places if opening_hours.hours_of(session, place.place_id)][:OVERVIEW_AT_MOST]


def _target(session: Session, place: Place, service: str | None) -> Target:
    rows, closures = opening_hours.hours_of(session, place.place_id), opening_hours.closures_of(session, place.place_id)
    return Target(place, service, rows, closures)


def _service_targets(asked: Asked, session: Session, services: list[str], places: list[Place]) -> tuple[list[Target], Answer | None]:
    targets = []
    for service in services:
        having = lookups.by_ids(session, Place, opening_hours.places_with_service(session, service))
        ids = {place.place_id for place in places}
        within = [place for place in having if place.place_id in ids or place.parent_id in ids]
        if places and not within and "place" in asked.named:
            answer = Answer([texts.SERVICE_ELSEWHERE.format(place=places[0].name, service=service)], [texts.HAND_OFF])
            if having:
                answer.lines += [texts.WHICH_PLACE]
                answer.buttons = [f"{place.name}{service}" for place in having] + answer.buttons
            return [], answer
        targets += [_target(session, place, service) for place in (within or having)[:OVERVIEW_AT_MOST]]
    return targets, None if targets else Answer([texts.NO_DATA], [texts.HAND_OFF])


def spans_text(plan: DayPlan) -> str:
    if plan.closed_for is not None:
        return texts.CLOSED_FOR.format(reason=plan.closed_for) if plan.closed_for else texts.REST
    if not plan.spans:
        return texts.REST
    if plan.spans == ((0, 1440),):
        return texts.ALL_DAY
    return "、".join(f"{clock(a)}–{clock(b)}" for a, b in plan.spans)


def _hours(target: Target, when: When, asked: Asked) -> list[str]:
    own = [row for row in target.hours if row.service == target.service] or [r for r in target.hours if not r.service]
    if not own:
        lines = [texts.NO_HOURS.format(what=target.label)]
        return [*lines, texts.CALL.format(phone=target.place.phone)] if target.place.phone else lines
    if when.usual or WHICH_DAY.search(asked.plain) or (not asked.has_time() and ABOUT_THE_WEEK.search(asked.plain)):
        return _week(target, asked.now.date())
    if when.now:
        return _at_this_moment(target, asked)
    if len(when.days) > 1:
        return _several_days(target, when)
    return _one_day(target, when)


def _at_this_moment(target: Target, asked: Asked) -> list[str]:
    status = opening_hours.status_at(target.hours, target.closures, target.service, asked.now)
    label, spans = target.label, spans_text(status.plan)
    today = texts.TODAY_LINE.format(spans=spans)
    if status.open and status.plan.spans == ((0, 1440),):
        return [texts.OPEN_ALL_DAY.format(what=label)]
    if status.open and status.until is not None:
        return [texts.OPEN_UNTIL.format(what=label, until=clock(status.until)), today]
    if status.until is not None:
        begun = status.plan.spans[0][0] < status.until
        text = texts.BREAK_UNTIL if begun else texts.NOT_YET
        return [text.format(what=label, until=clock(status.until)), today]
    return [texts.CLOSED_NOW.format(what=label), today, _next(status.next_day)]


def _next(plan: DayPlan | None) -> str:
    if plan is None:
        return texts.NO_NEXT_OPEN
    line = texts.NEXT_OPEN.format(day=short_day(plan.day), spans=spans_text(plan))
    return line + texts.PROVISIONAL if plan.uncertain else line


def _one_day(target: Target, when: When) -> list[str]:
    plan = target.plan(when.days[0])
    day = short_day(plan.day)
    label = f"{when.label}（{day}）" if f"{plan.day.month}月{plan.day.day}日" not in when.label else day
    if when.minute is not None:
        span = next(((a, b) for a, b in plan.spans if a <= when.minute < b), None)
        if span:
            lines = [texts.OPEN_AT.format(what=target.label, label=when.label, day=day, until=clock(span[1]))]
        else:
            lines = [texts.CLOSED_AT.format(what=target.label, label=when.label, day=day)]
        lines.append(texts.DAY_LINE.format(day=day, spans=spans_text(plan)))
    elif when.part is not None:
        inside = tuple((max(a, when.part[0]), min(b, when.part[1])) for a, b in plan.spans if a < when.part[1] and when.part[0] < b)
        if inside:
            lines = [texts.DAY_HOURS.format(what=target.label, label=label, spans=spans_text(DayPlan(plan.day, inside, plan.kind)))]
        else:
            lines = [texts.DAY_CLOSED.format(what=target.label, label=label)]
        lines.append(texts.DAY_LINE.format(day=day, spans=spans_text(plan)))
    elif plan.spans:
        lines = [texts.DAY_HOURS.format(what=target.label, label=label, spans=spans_text(plan))]
    else:
        lines = [texts.DAY_CLOSED.format(what=target.label, label=label)]
        if plan.closed_for:
            lines.append(texts.DAY_LINE.format(day=day, spans=spans_text(plan)))
    if not plan.spans:
        lines.append(_next(opening_hours.next_opening(target.hours, target.closures, target.service, plan.day + timedelta(days=1), 0)))
    return [*lines, texts.PROVISIONAL] if plan.uncertain else lines


def _several_days(target: Target, when: When) -> list[str]:
    """A weekend or a holiday: open, closed or a line a day, with what follows if all are closed."""
    plans = [target.plan(day) for day in when.days]
    span = f"{when.label}（{short_day(plans[0].day)}—{short_day(plans[-1].day)}）"
    uncertain = [texts.PROVISIONAL] if any(plan.uncertain for plan in plans) else []
    if len({spans_text(plan) for plan in plans}) == 1:
        if plans[0].spans:
            return [texts.DAY_HOURS.format(what=target.label, label=span, spans=spans_text(plans[0])), *uncertain]
        after = opening_hours.next_opening(target.hours, target.closures, target.service, plans[-1].day + timedelta(days=1), 0)
        return [texts.DAY_CLOSED.format(what=target.label, label=span), _next(after), *uncertain]
    lines = [f"{target.label}{when.label}："]
    lines += [texts.DAY_LINE.format(day=short_day(plan.day), spans=spans_text(plan)) for plan in plans]
    return lines + uncertain


def _week(target: Target, today: date) -> list[str]:
    """An ordinary week, days with the same hours joined, and what holds on national days off."""
    own = [row for row in target.hours if row.service == target.service] if target.service else []
    rows = [row for row in own or [r for r in target.hours if not r.service] if opening_hours.in_force(row, today)]
    by_day = []
    for weekday in range(1, 8):
        applies = [row for row in rows if weekday in opening_hours.weekday_set(row.weekdays)]
        if weekday <= 5:
            applies += [row for row in rows if row.weekdays == "workday"]
        by_day.append(_spans(applies))
    lines = [texts.USUAL_HEAD.format(what=target.label)]
    kind = day_kind(today)
    start = 0
    for day in range(1, 8):
        if day == 7 or by_day[day] != by_day[start]:
            name = "周" + texts.WEEKDAYS[start] + ("到周" + texts.WEEKDAYS[day - 1] if day - start > 1 else "")
            lines.append(texts.DAY_LINE.format(day=name, spans=spans_text(DayPlan(today, by_day[start], kind))))
            start = day
    off = [r for r in rows if r.weekdays == "holiday" or len(opening_hours.weekday_set(r.weekdays)) == 7]
    lines.append(texts.DAY_LINE.format(day=texts.HOLIDAY, spans=spans_text(DayPlan(today, _spans(off), kind))))
    coming = [c for c in target.closures if c.to_date >= today and (not c.service or c.service == target.service)]
    for closure in coming:
        span = short_day(closure.from_date)
        if closure.to_date != closure.from_date:
            span += "—" + short_day(closure.to_date)
        lines.append(texts.DAY_LINE.format(day=span, spans=texts.CLOSED_FOR.format(reason=closure.reason or "")))
    return lines


def _spans(rows: list[Hours]) -> tuple[tuple[int, int], ...]:
    return tuple(sorted({(opening_hours.minutes(row.opens), opening_hours.minutes(row.closes)) for row in rows}))


def _notes(target: Target, when: When) -> list[str]:
    notes = dict.fromkeys(note for day in when.days[:1] for note in target.plan(day).notes)
    return [texts.NOTE.format(note=note.rstrip("。") + "。") for note in notes]
