"""Stock and kind of medicines. Never a dose, a diagnosis or advice on taking one."""

from __future__ import annotations

import re
from typing import Any

from pypinyin import lazy_pinyin
from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from actions import texts
from actions.answering import Answer, Answering, chinese_date, footer, not_found, with_others
from actions.asked import Asked
from community import lookups
from community.catalog import DOSAGE_FORMS
from community.lookups import StockLine
from community.models import Medicine, Place

SHOWN = 8
ASKED_BACK_FROM = 3  # so many different medicines under one word are too many to answer at once
WHICH_AT_MOST = 5
# What residents call the forms of a medicine, and how each stands in the medicine's name; the rest they call by that name.
FORMS = {"口服液": ("口服液", "口服溶液"), "药水": ("口服溶液", "口服液", "糖浆"), "眼药水": ("滴眼液", "眼药水"), "针": ("注射液",), "片剂": ("片",),
         "冲剂": ("颗粒",), "药膏": ("软膏", "乳膏", "凝胶"), **{form: (form,) for form in DOSAGE_FORMS if form not in ("口服液", "眼药水")}}  # fmt: skip
OTHER_BRANDS = re.compile(r"牌子|国产|进口|品牌|别的厂|其他厂|便宜")


def medicines_asked(asked: Asked, session: Session) -> tuple[list[Medicine], Answer | None]:
    """The medicines meant, or the answer that none is known."""
    if asked.unknown and "medicine" not in asked.named:
        return [], not_found(asked.unknown)
    values = [value.split("|") for value in asked.values("medicine")]
    closest = [ids for ids in values if not any(set(other) < set(ids) for other in values)]  # "长秀霖胰岛素": not every insulin
    found = lookups.by_ids(session, Medicine, list(dict.fromkeys(ident for ids in closest for ident in ids)))
    if not found:
        return [], Answer([texts.WHICH_MEDICINE], [texts.HAND_OFF])
    return found, None


def same_in_another_form(asked: Asked, session: Session) -> list[Medicine]:
    """The medicines with the generic name or a brand just spoken of, in the form that the message names ("口服液有吗")."""
    form = max((form for form in FORMS if form in asked.plain), key=len, default=None)
    before = lookups.by_ids(session, Medicine, asked.before.get("medicine", "").split("|")) if form else []
    same = [other for medicine in before for other in lookups.called_alike(session, medicine)]
    return [other for other in same if any(word in other.name for word in FORMS[form or ""])]


class ActionMedicineStock(Answering):
    def name(self) -> str:
        return "action_medicine_stock"

    def answer(self, asked: Asked, session: Session) -> Answer:
        if "category" in asked.named and "medicine" not in asked.named:
            return _category(asked, session)
        medicines, question = medicines_asked(asked, session)
        if question is not None:
            return question
        places = asked.ids("place", carry=False)
        if not places and asked.intent == "follow_up" and "medicine" in asked.named:
            places = asked.ids("place") if asked.topic == "action_medicine_stock" and _asked_here(asked) else []
        places += [place.place_id for place in lookups.places_at(session, asked.estate)] if asked.estate else []
        for value in asked.named.get("medicine", []):
            called_so = [medicine for medicine in medicines if medicine.medicine_id in value.split("|")]
            if len({lookups.generic_root(medicine.name) for medicine in called_so}) >= ASKED_BACK_FROM:
                return _which(called_so)
        answer = Answer()
        for medicine in medicines[:SHOWN]:
            answer.add(_stock(session, medicine, places, asked))
        counted = [line.updated_on for line in lookups.stock(session, [medicine.medicine_id for medicine in medicines])]
        answer.lines.append(footer(medicines, max(counted, default=None)))
        return answer


def _which(medicines: list[Medicine]) -> Answer:
    """A word that several medicines share ("胰岛素"): which one is meant, by the name that tells them apart."""
    names = dict.fromkeys(f"{m.name}（{m.brands[0]}）" if m.brands else m.name for m in medicines)
    return Answer([texts.WHICH_OF_THESE], [*list(names)[:WHICH_AT_MOST], texts.HAND_OFF])


def _asked_here(asked: Asked) -> bool:
    return any(word in asked.plain for word in ("那里", "那边", "这里"))


def _brand_said(medicine: Medicine, asked: Asked) -> str | None:
    """The brand that the resident named, if by its sound only ("拜糖平" is 拜唐苹)."""
    heard = [lazy_pinyin(text) for text in asked.spoken.get("medicine", [])]
    return next((brand for brand in medicine.brands if lazy_pinyin(brand) in heard), None)


def _stock(session: Session, medicine: Medicine, place_ids: list[str], asked: Asked) -> Answer:
    answer = Answer(facts=[("medicine", medicine.medicine_id)])
    said = _brand_said(medicine, asked)
    about = "，".join(part for part in (medicine.spec, medicine.category) if part)
    title = texts.MEDICINE.format(name=medicine.name, about=about) if about else medicine.name
    answer.lines.append(texts.BRAND_IS.format(said=said, name=title) if said else title + "：")
    places = lookups.by_ids(session, Place, place_ids)
    lines = lookups.stock(session, [medicine.medicine_id], [place.place_id for place in places])
    lines = lines or lookups.stock(session, [medicine.medicine_id])
    answer.lines += [_line(line) for line in lines]
    answer.facts += [("place", line.place.place_id) for line in lines]
    there = [line for line in lines if line.status != "out"] or lines
    if len(there) == 1:
        answer.place = there[0].place.place_id
    if not lines:
        answer.say(texts.NO_STOCK, name=medicine.name)
        answer.buttons.append(texts.HAND_OFF)
    if OTHER_BRANDS.search(asked.plain):
        answer.add(_other_brands(session, medicine))
    elif not any(line.status in ("in", "low") for line in lines):
        same = [other for other in lookups.same_generic(session, medicine) if _available(session, other)]
        if same:
            answer.say(texts.SAME_GENERIC, names="、".join(other.name for other in same))
    answer.lines.append(texts.PRESCRIPTION[medicine.prescription])
    return answer


def _line(line: StockLine) -> str:
    text = texts.STOCK[line.status].format(place=line.place.name)
    if line.expected_on and line.status != "in":
        text += texts.EXPECTED.format(on=chinese_date(line.expected_on))
    return text + texts.STOCK_ON.format(on=f"{line.updated_on.month}月{line.updated_on.day}日")


def _other_brands(session: Session, medicine: Medicine) -> Answer:
    """The same generic name by other makers or in other forms, each with its stock. Only data, no advice."""
    same = lookups.same_generic(session, medicine)
    if not same:
        return Answer([texts.NO_OTHER_BRANDS])
    answer = Answer([texts.OTHER_BRANDS])
    for other in same[:SHOWN]:
        brands = f"（{'、'.join(other.brands)}）" if other.brands else ""
        answer.lines.append(other.name + brands)
        answer.lines += [_line(line) for line in lookups.stock(session, [other.medicine_id])]
        answer.facts.append(("medicine", other.medicine_id))
    answer.lines.append(texts.ASK_DOCTOR)
    return answer


def _available(session: Session, medicine: Medicine) -> bool:
    return any(line.status in ("in", "low") for line in lookups.stock(session, [medicine.medicine_id]))


def _category(asked: Asked, session: Session) -> Answer:
    answer = Answer()
    for category in asked.ids("category", carry=False):
        medicines = lookups.in_category(session, category)
        places = asked.ids("place", carry=False)
        available = [m for m in medicines if any(s.status != "out" for s in lookups.stock(session, [m.medicine_id], places))]
        if not available:
            answer.say(texts.CATEGORY_NONE, category=category)
        else:
            names = "、".join(m.name for m in available[:SHOWN])
            more = texts.MORE.format(count=len(available)) if len(available) > SHOWN else ""
            answer.say(texts.CATEGORY, category=category, names=names + more)
        answer.facts += [("medicine", m.medicine_id) for m in available[:SHOWN]]
        answer.lines += [texts.ASK_DOCTOR, footer(medicines)]
    return with_others(answer, asked)


class ActionMedicineInfo(Answering):
    def name(self) -> str:
        return "action_medicine_info"

    def answer(self, asked: Asked, session: Session) -> Answer:
        medicines, question = medicines_asked(asked, session)
        if question is not None:
            return question
        answer = Answer()
        for medicine in medicines[:4]:
            said = _brand_said(medicine, asked)
            if said:
                answer.say(texts.BRAND_IS, said=said, name=medicine.name)
            answer.say(texts.MEDICINE_KIND, name=medicine.name, category=medicine.category or "—")
            answer.lines.append(texts.PRESCRIPTION[medicine.prescription])
            if medicine.brands:
                answer.say(texts.BRANDS, brands="、".join(medicine.brands))
            if medicine.spec:
                answer.say(texts.SPEC, spec=medicine.spec)
            if medicine.note:
                answer.lines.append(medicine.note)
            answer.lines += [_line(line) for line in lookups.stock(session, [medicine.medicine_id])]
            answer.facts.append(("medicine", medicine.medicine_id))
        answer.lines += [texts.ASK_DOCTOR, footer(medicines)]
        return answer


class ActionMedicineAdvice(Action):  # type: ignore[misc]
    """After the kind refusal (utter_medicine_advice): keeps the topic, so that "那有货伐" still finds the medicine."""

    def name(self) -> str:
        return "action_medicine_advice"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        return [SlotSet("misses", 0.0), SlotSet("topic", "action_medicine_stock")]
