"""Follow-ups and unclear messages, answered in the light of what was just spoken of."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from actions import texts
from actions.answering import Answer, Answering, not_found, offer_matters
from actions.asked import Asked
from actions.hours import ActionOpeningHours
from actions.medicines import ActionMedicineInfo, ActionMedicineStock, same_in_another_form
from actions.places import ActionLocation, ActionPhone, ActionPlace
from actions.renovation import ActionProgress, speaks_of_a_stage
from actions.services import ActionActivities, ActionFaq, ActionGuide, asks_a_part
from community import lookups
from community.models import Activity, Contact, Guide, Medicine, Place, Project

Events = list[dict[str, Any]]

# Which kinds of names each answer can use: a follow-up that names one of them is about the same topic.
TOPIC_KINDS: dict[str, set[str]] = {
    "action_opening_hours": {"place", "service", "time", "estate"},
    "action_location": {"place", "service", "estate"},
    "action_phone": {"place", "service", "contact", "project", "estate"},
    "action_place": {"place", "service", "estate"},
    "action_medicine_stock": {"medicine", "category", "place", "estate"},
    "action_medicine_info": {"medicine"},
    "action_progress": {"project", "address", "house", "stage"},
    "action_guide": {"guide", "time"},
    "action_activities": {"activity", "time", "place"},
}
# What a name alone asks for, when no topic fits.
ALONE = (
    ("medicine", "action_medicine_stock"), ("category", "action_medicine_stock"), ("project", "action_progress"), ("service", "action_opening_hours"),
    ("place", "action_place"), ("address", "action_progress"), ("house", "action_progress"), ("stage", "action_progress"),
    ("guide", "action_guide"), ("activity", "action_activities"), ("contact", "action_phone"), ("time", "action_opening_hours"),
)  # fmt: skip
MODELS: dict[str, Any] = {
    "place": Place,
    "medicine": Medicine,
    "project": Project,
    "guide": Guide,
    "activity": Activity,
    "contact": Contact,
}
MISSES_BEFORE_A_PERSON = 2
SHORT = 14  # characters of a message that leans on the last one
OTHER_PLACE = re.compile(r"村|小区|地块|号|路|站$")
ABOUT_AN_ACTIVITY = re.compile(
    r"几点|什么时候|哪天|几号|礼拜几|星期几|周几|多少人|几个人|名额|坐得下|在哪|什么地方|哪里|报名|参加|要钱|收费|免费|多大|几岁|年纪|自己带|带点|带什么|准备"
)
ASKS_DAY = re.compile(r"下次|往后|以后|哪天|哪一天|礼拜几|星期几|周几|几号|几点")
WHAT_NEXT = re.compile(r"下一步|下头|后头|下面|接下来|然后|之后|还要多久|到哪一步|多少户|几户|找谁|谁管")
ASKS_WHERE = re.compile(r"地址|在哪|哪里|几楼|怎么走|什么路")
ASKS_PRESCRIPTION = re.compile(r"处方|医生开|开方")
ASKS_PHONE = re.compile(r"^(?:那么?)?.{0,4}(?:电话|号码).{0,6}$")


class ActionFollowUp(Action):  # type: ignore[misc]
    """ "那明天呢", "泗塘一村的呢": the last topic again, with what is new."""

    def name(self) -> str:
        return "action_follow_up"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        asked = Asked.from_tracker(tracker)
        kinds = set(asked.named) | ({"estate"} if asked.estate else set())
        if asked.topic == "action_medicine_info" and kinds <= {"place", "estate"}:
            chosen = "action_medicine_stock"  # where, after what it is
        elif asked.topic and kinds & TOPIC_KINDS.get(asked.topic, set()):
            chosen = asked.topic
        else:
            chosen = next((action for kind, action in ALONE if kind in kinds), "action_not_understood")
        # Called here, not by a FollowupAction event: after one of those no rule would tell Rasa to listen again.
        action = next(action for action in ANSWERS if action().name() == chosen)
        events: Events = action().run(dispatcher, tracker, domain)
        return events


def _in_context(asked: Asked, session: Session) -> type[Answering] | None:
    """What an unclear message asks about the thing just spoken of ("老房子几时拆" after a project), if it plainly does."""
    if OTHER_PLACE.search(asked.unknown or ""):
        return None
    short = len(asked.plain) <= SHORT
    known = asked.topic == "action_progress" and {"project", "address"} & set(asked.before)
    if known and (speaks_of_a_stage(asked) or (short and WHAT_NEXT.search(asked.plain))):
        return ActionProgress
    if asked.topic == "action_activities" and "activity" in asked.before and short and ABOUT_AN_ACTIVITY.search(asked.plain):
        return ActionActivities
    if asked.topic == "action_guide" and "guide" in asked.before and short and asks_a_part(asked):
        return ActionGuide
    if asked.topic == "action_medicine_stock" and short:
        forms = same_in_another_form(asked, session)
        if forms:
            asked.named["medicine"] = [medicine.medicine_id for medicine in forms]
            return ActionMedicineStock
    if (
        asked.topic in ("action_medicine_stock", "action_medicine_info")
        and short
        and "medicine" in asked.before
        and ASKS_PRESCRIPTION.search(asked.plain)
    ):
        return ActionMedicineInfo
    asks_day = asked.topic == "action_opening_hours" and ASKS_DAY.search(asked.plain)
    if "place" in asked.before and short and (asks_day or (asked.topic == "action_phone" and "time" in asked.named)):
        return ActionOpeningHours
    if "place" in asked.before and ASKS_PHONE.search(asked.plain):
        return ActionPhone
    if "place" in asked.before and short and ASKS_WHERE.search(asked.plain):
        return ActionLocation
    return None


class ActionNotUnderstood(Answering):
    """Asks back with the nearest questions or names; the second time in a row a person takes over."""

    remembered = False

    def name(self) -> str:
        return "action_not_understood"

    def answer(self, asked: Asked, session: Session) -> Answer:
        guess = next(iter(asked.named.get("guess", [])), None)
        if guess:
            kind, _, ids = guess.partition(":")
            rows = lookups.by_ids(session, MODELS[kind], ids.split("|")) if kind in MODELS else []
            if rows:
                return Answer([texts.DID_YOU_MEAN_ONE_OF], [*(row.name for row in rows[:4]), texts.HAND_OFF])
        rescued = _in_context(asked, session)
        if rescued is not None:
            asked.spoken.pop("unknown", None)
            return rescued().answer(asked, session)
        if asked.unknown and OTHER_PLACE.search(asked.unknown):
            return not_found(asked.unknown)
        if asked.misses + 1 >= MISSES_BEFORE_A_PERSON:
            return Answer([texts.HANDED_OFF_MISSED], handoff="not_understood")
        offered = offer_matters(asked)
        if offered is not None:
            offered.missed = True
            return offered
        return Answer([texts.NOT_UNDERSTOOD], [texts.HAND_OFF], missed=True)


ANSWERS: tuple[type[Answering], ...] = (
    ActionOpeningHours, ActionLocation, ActionPhone, ActionPlace, ActionMedicineStock, ActionMedicineInfo, ActionProgress,
    ActionGuide, ActionActivities, ActionFaq, ActionNotUnderstood,
)  # fmt: skip
