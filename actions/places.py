"""Where a place is, its phone, what one can do there."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from actions import texts
from actions.answering import Answer, Answering, footer, not_found, with_others
from actions.asked import Asked
from actions.hours import Target, find_targets, spans_text
from community import lookups
from community.models import Contact, Place, Project

AT_NIGHT = re.compile(r"夜|凌晨|晚上|下班")


class ActionLocation(Answering):
    def name(self) -> str:
        return "action_location"

    def answer(self, asked: Asked, session: Session) -> Answer:
        places, question = _places(asked, session)
        if question is not None:
            return question
        answer = Answer()
        for target in places:
            place = target.place
            answer.place = place.place_id
            if not place.address:
                answer.say(texts.NO_DATA)
                continue
            what = target.label if target.service else place.name
            answer.say(texts.WHERE, place=what, address=place.address)
            parent = lookups.by_ids(session, Place, [place.parent_id]) if place.parent_id else []
            if parent:
                answer.say(texts.WHERE_IN, parent=parent[0].name)
            if place.phone:
                answer.say(texts.CALL, phone=place.phone)
            answer.facts.append(("place", place.place_id))
        answer.lines.append(footer(target.place for target in places))
        return with_others(answer, asked)


class ActionPlace(Answering):
    def name(self) -> str:
        return "action_place"

    def answer(self, asked: Asked, session: Session) -> Answer:
        places, question = _places(asked, session)
        if question is not None:
            return question
        answer = Answer()
        for target in places:
            place = target.place
            answer.place = place.place_id
            answer.lines.append(target.label + "：" + (place.note or texts.NO_DATA))
            if place.address:
                answer.say(texts.ADDRESS, address=place.address)
            services = dict.fromkeys(row.service for row in target.hours if row.service)
            if services:
                answer.say(texts.SERVICES, services="、".join(services))
            answer.lines.append(texts.TODAY_LINE.format(spans=spans_text(target.plan(asked.now.date()))))
            if place.phone:
                answer.say(texts.CALL, phone=place.phone)
            answer.facts.append(("place", place.place_id))
        answer.lines.append(footer(target.place for target in places))
        return with_others(answer, asked)


class ActionPhone(Answering):
    def name(self) -> str:
        return "action_phone"

    def answer(self, asked: Asked, session: Session) -> Answer:
        fresh = any(kind in asked.named for kind in ("place", "service", "contact", "project"))
        if asked.unknown and not fresh:
            return not_found(asked.unknown)
        contacts = lookups.by_ids(session, Contact, asked.ids("contact", carry=False))
        if any("|" in value for value in asked.named.get("contact", [])) and "place" not in asked.named:
            return Answer([texts.WHICH], [contact.name for contact in contacts])
        if AT_NIGHT.search(asked.plain):
            contacts = [*_called_alike(asked, session), *contacts]
        projects = lookups.by_ids(session, Project, asked.ids("project", carry=False))
        if not fresh and asked.topic == "action_progress":
            projects = lookups.by_ids(session, Project, asked.ids("project"))
        answer = Answer()
        for contact in contacts:
            text = texts.PHONE_WHEN if contact.hours_note else texts.PHONE
            answer.say(text, name=contact.name, phone=contact.phone, hours=contact.hours_note)
            answer.facts.append(("contact", contact.contact_id))
            answer.place = next((p.place_id for p in lookups.everything(session, Place) if p.phone == contact.phone), None)
        for project in projects:
            if project.contact:
                answer.say(texts.CONTACT, contact=project.contact)
                answer.facts.append(("project", project.project_id))
        rows = [*contacts, *projects]
        if not projects and ("place" in asked.named or not contacts):
            targets, question = _places(asked, session)
            if question is not None:
                return answer if answer.lines else question
            said = " ".join(answer.lines)
            for place in (target.place for target in targets):
                if place.phone and place.phone in said:
                    answer.facts.append(("place", place.place_id))
                    continue
                answer.say(texts.PHONE if place.phone else texts.NO_PHONE, name=place.name, phone=place.phone)
                answer.facts.append(("place", place.place_id))
                answer.place = place.place_id
                rows.append(place)
        answer.lines.append(footer(rows))
        return with_others(answer, asked)


def _called_alike(asked: Asked, session: Session) -> list[Contact]:
    """Other numbers that go by the word said ("物业": also the one by night)."""
    named, said = asked.ids("contact", carry=False), [re.sub(r"的?(?:电话|号码)+$", "", name) for name in asked.spoken.get("contact", [])]
    others = [contact for contact in lookups.everything(session, Contact) if contact.contact_id not in named]
    return [other for other in others if any(word in name for word in said for name in (other.name, *other.aliases) if "夜" in name)]


def _places(asked: Asked, session: Session) -> tuple[list[Target], Answer | None]:
    """The places meant; with none named, a question back with buttons."""
    if not asked.values("place") and not asked.values("service") and not asked.unknown:
        main = [place for place in lookups.everything(session, Place)][:5]
        return [], Answer([texts.WHICH_PLACE], [*(place.name for place in main), texts.HAND_OFF])
    return find_targets(asked, session)
