"""How to get things done (办事指南), what is on (活动), and questions that were answered before (FAQ)."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy.orm import Session

from actions import texts
from actions.answering import Answer, Answering, footer, not_found, offer_matters, short_day, with_others
from actions.asked import Asked
from actions.hours import Target, spans_text
from community import lookups, opening_hours
from community.catalog import GUIDE_NAME_AT_MOST
from community.lookups import Occurrence
from community.models import Activity, Faq, Guide, Place

# Which part of a guide a question is about; the part asked for comes first.
PARTS = {
    "materials": re.compile(r"带(?:什么|点|些|好|哪|身份证)|材料|证件|准备"),
    "place": re.compile(r"哪里|在哪|去哪|什么地方|地址|窗口|几点|开门|关门|下班|上班|休息"),
    "fee": re.compile(r"多少钱|收费|费用|免费|要钱|花钱|工本费|付|出钱|出钞票|收钱|收不收|贴钱|补贴"),
    "days": re.compile(r"多久|几天|多长时间|什么时候能|几个工作日"),
    "who": re.compile(r"谁|什么人|条件|几岁|哪些人|资格|能办吗|可以办吗|什么样的人|代办|代我|替我|帮我办"),
    "steps": re.compile(r"流程|步骤|怎么|手续|如何"),
}
ACTIVITY_DAYS = 21
ACTIVITIES_SHOWN = 6


def asks_a_part(asked: Asked) -> bool:
    return any(pattern.search(asked.plain) for pattern in PARTS.values())


class ActionGuide(Answering):
    def name(self) -> str:
        return "action_guide"

    def answer(self, asked: Asked, session: Session) -> Answer:
        values = asked.values("guide", carry=asked.topic == "action_guide" or asked.is_follow_up)
        guides = lookups.by_ids(session, Guide, [i for value in values for i in value.split("|")])
        if not guides:
            offered = offer_matters(asked)
            if offered is not None:
                return offered
            return not_found(asked.unknown) if asked.unknown else Answer([texts.WHICH_GUIDE], [texts.HAND_OFF])
        if len(guides) > 1 and any("|" in value for value in values):
            return Answer([texts.WHICH], [guide.name for guide in guides])
        answer = Answer()
        for guide in guides[:2]:
            answer.add(_guide(session, guide, asked))
        return with_others(answer, asked) if asked.intent == "ask_guide" else answer


def _guide(session: Session, guide: Guide, asked: Asked) -> Answer:
    place = next(iter(lookups.by_ids(session, Place, [guide.place_id] if guide.place_id else [])), None)
    parts = {
        "who": guide.who,
        "materials": "；".join(guide.materials),
        "steps": "".join(f"\n{n}. {step}" for n, step in enumerate(guide.steps, 1)),
        "fee": guide.fee,
        "days": guide.days,
        "place": _where(session, place, guide, asked) if place else None,
    }
    answer = Answer([texts.GUIDE.format(name=guide.name)], facts=[("guide", guide.guide_id)])
    if place:
        answer.facts.append(("place", place.place_id))
    wanted = [part for part, pattern in PARTS.items() if pattern.search(asked.plain)]
    again = "guide" not in asked.named and asked.topic == "action_guide"  # the rest was said just before
    for part in wanted if again and wanted else dict.fromkeys([*wanted, *parts]):
        if parts[part]:
            answer.say(texts.GUIDE_PARTS[part], text=parts[part])
    answer.lines.append(footer([guide]))
    answer.place = guide.place_id
    return answer


def _where(session: Session, place: Place, guide: Guide, asked: Asked) -> str:
    """The place, or the window that the procedure names, with its hours on the day asked about (today, if none was, or one that is over)."""
    day = max(asked.when().days[0], asked.now.date())
    rows, closures = opening_hours.hours_of(session, place.place_id), opening_hours.closures_of(session, place.place_id)
    if not rows:
        return str(place.name)
    told = " ".join([guide.name, *guide.steps])
    called = [name for name in (guide.name, *guide.aliases) if len(name) <= GUIDE_NAME_AT_MOST]
    window = next(
        (row.service for row in rows if row.service and (row.service in told or any(name in row.service for name in called))), None
    )
    target = Target(place, window, rows, closures)
    return f"{target.label}，{short_day(day)} {spans_text(target.plan(day))}"


class ActionActivities(Answering):
    def name(self) -> str:
        return "action_activities"

    def answer(self, asked: Asked, session: Session) -> Answer:
        today = asked.now.date()
        ids = asked.ids("activity", carry=asked.topic == "action_activities" and "place" not in asked.named)
        answer = Answer()
        if asked.has_time() and not asked.when().now:
            when = asked.when()
            found = lookups.occurrences(session, min(when.days), max(when.days), ids)
            head, nothing = texts.ACTIVITIES.format(label=when.label), texts.NO_ACTIVITIES.format(label=when.label)
        else:
            found = lookups.occurrences(session, today, today + timedelta(days=62 if ids else ACTIVITY_DAYS), ids)
            found = [o for o in found if o.starts >= asked.now]
            head, nothing = texts.NEXT_ACTIVITIES, texts.NO_ACTIVITIES.format(label="近期")
        places = set(asked.ids("place", carry=False))
        if places:
            within = {p.place_id for p in lookups.everything(session, Place) if p.parent_id in places} | places
            found = [o for o in found if o.activity.place_id in within]
        if not found:
            answer.lines.append(nothing)
            ahead = lookups.occurrences(session, today, today + timedelta(days=62), ids)
            coming = [o for o in ahead if o.starts >= asked.now] if ids else []
            if coming:
                return answer.add(_listed(coming[:3], ids, session))
            answer.facts += [("activity", ident) for ident in ids]
            known = [o.place for o in ahead if o.place]
            answer.lines += [footer(known)] if known else []
            answer.buttons.append(texts.HAND_OFF)
            return answer
        if not ids:
            answer.lines.append(head)
        return with_others(answer.add(_listed(found[:3] if ids else found[:ACTIVITIES_SHOWN], ids, session)), asked)


def _listed(shown: list[Occurrence], ids: list[str], session: Session) -> Answer:
    """A line for each occurrence; with more about it where an activity was named (`ids`)."""
    answer = Answer()
    for one in shown:
        text = texts.ACTIVITY.format(name=one.activity.name, when=f"{short_day(one.starts.date())} {one.starts:%H:%M}")
        text += f"–{one.ends:%H:%M}" if one.ends else ""
        text += texts.ACTIVITY_AT.format(place=one.place.name) if one.place else ""
        text += texts.ACTIVITY_FOR.format(audience=one.activity.audience) if one.activity.audience and ids else ""
        text += texts.ACTIVITY_ROOM.format(capacity=one.activity.capacity) if one.activity.capacity and ids else ""
        answer.lines.append(text)
    if ids:
        answer.lines += [texts.NOTE.format(note=a.note) for a in lookups.by_ids(session, Activity, ids) if a.note]
    answer.facts += [("activity", one.activity.activity_id) for one in shown]
    answer.place = shown[0].place.place_id if ids and shown[0].place else None
    answer.lines.append(footer(one.place for one in shown if one.place))
    return answer


class ActionFaq(Answering):
    def name(self) -> str:
        return "action_faq"

    def answer(self, asked: Asked, session: Session) -> Answer:
        faqs = lookups.by_ids(session, Faq, asked.named.get("faq", []))
        if not faqs:
            return offer_matters(asked) or Answer([texts.NOT_UNDERSTOOD], [texts.HAND_OFF], missed=True)
        faq = faqs[0]
        head = [] if _same_words(faq.question, asked) else [texts.FAQ.format(question=faq.question)]
        return with_others(Answer([*head, faq.answer, footer([faq])], facts=[("faq", faq.faq_id)]), asked)


def _same_words(question: str, asked: Asked) -> bool:
    return "".join(filter(str.isalnum, question)) == "".join(filter(str.isalnum, asked.text))
