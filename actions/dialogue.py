"""What keeps a conversation going: follow-ups, repeating, repairs, and handing over to a person."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from actions import texts
from actions.answering import Answer, Answering, not_found, offer_matters, report, utter
from actions.asked import Asked
from actions.hours import ActionOpeningHours
from actions.medicines import ActionMedicineInfo, ActionMedicineStock
from actions.places import ActionLocation, ActionPhone, ActionPlace
from actions.renovation import ActionProgress, speaks_of_a_stage
from actions.services import ActionActivities, ActionFaq, ActionGuide
from community import lookups
from community.models import Activity, Contact, Guide, Medicine, Place, Project

Events = list[dict[str, Any]]

# Which kinds of names each answer can use: a follow-up that names one of them is about the same topic.
TOPIC_KINDS: dict[str, set[str]] = {
    "action_opening_hours": {"place", "service", "time"},
    "action_location": {"place", "service"},
    "action_phone": {"place", "service", "contact", "project"},
    "action_place": {"place", "service"},
    "action_medicine_stock": {"medicine", "category", "place"},
    "action_medicine_info": {"medicine"},
    "action_progress": {"project", "address", "stage"},
    "action_guide": {"guide", "time"},
    "action_activities": {"activity", "time", "place"},
}
# What a name alone asks for, when no topic fits.
ALONE = (
    ("medicine", "action_medicine_stock"), ("category", "action_medicine_stock"), ("project", "action_progress"),
    ("address", "action_progress"), ("stage", "action_progress"), ("guide", "action_guide"), ("activity", "action_activities"),
    ("service", "action_opening_hours"), ("place", "action_place"), ("contact", "action_phone"), ("time", "action_opening_hours"),
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
OTHER_PLACE = re.compile(r"村|小区|地块|号|路|站$")
ASKS_WHEN = re.compile(r"几点|什么时候|哪天|几号|礼拜几|星期几|周几")
ASKS_PHONE = re.compile(r"^(?:那么?)?.{0,4}(?:电话|号码).{0,6}$")


class ActionFollowUp(Action):  # type: ignore[misc]
    """ "那明天呢", "泗塘一村的呢": the last topic again, with what is new."""

    def name(self) -> str:
        return "action_follow_up"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        asked = Asked.from_tracker(tracker)
        kinds = set(asked.named)
        if asked.topic and kinds & TOPIC_KINDS.get(asked.topic, set()):
            chosen = asked.topic
        else:
            chosen = next((action for kind, action in ALONE if kind in kinds), "action_not_understood")
        # Called here, not by a FollowupAction event: after one of those no rule would tell Rasa to listen again.
        action = next(action for action in ANSWERS if action().name() == chosen)
        events: Events = action().run(dispatcher, tracker, domain)
        return events


class ActionRepeat(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "action_repeat"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        said = [event for event in tracker.events if event.get("event") == "bot" and event.get("text")]
        last_turn = _of_last_turn(tracker.events, said)
        if not last_turn:
            dispatcher.utter_message(text=texts.NOTHING_TO_REPEAT)
        for event in last_turn:
            data = event.get("data") or {}
            dispatcher.utter_message(text=event["text"], buttons=data.get("buttons") or [])
        return []


def _of_last_turn(events: Events, said: Events) -> Events:
    """The bot's sayings after the user message before the present one."""
    users = [i for i, event in enumerate(events) if event.get("event") == "user"]
    if len(users) < 2 or not said:
        return []
    between = events[users[-2] : users[-1]]
    return [event for event in between if event.get("event") == "bot" and event.get("text")]


class _HandOff(Action, ABC):  # type: ignore[misc]
    text, reason = texts.HANDED_OFF, "asked"

    @abstractmethod
    def name(self) -> str: ...

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        utter(dispatcher, Answer([self.text], handoff=self.reason))
        return [ActiveLoop(None), SlotSet("requested_slot", None), SlotSet("misses", 0.0)]


class ActionHandOff(_HandOff):
    def name(self) -> str:
        return "action_hand_off"


class ActionHandOffUpset(_HandOff):
    text, reason = texts.HANDED_OFF_UPSET, "upset"

    def name(self) -> str:
        return "action_hand_off_upset"


class ActionEmergency(Action):  # type: ignore[misc]
    """Calls the duty staff; what to do was said before, by utter_emergency."""

    def name(self) -> str:
        return "action_emergency"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        report(dispatcher, handoff="emergency", urgent=True)
        return [ActiveLoop(None), SlotSet("requested_slot", None), SlotSet("misses", 0.0)]


def _in_context(asked: Asked) -> type[Answering] | None:
    """What an unclear message asks about the thing just spoken of ("老房子几时拆" after a project), if it plainly does."""
    if OTHER_PLACE.search(asked.unknown or ""):
        return None
    if asked.topic == "action_progress" and {"project", "address"} & set(asked.before) and speaks_of_a_stage(asked):
        return ActionProgress
    if asked.topic == "action_activities" and "activity" in asked.before and ASKS_WHEN.search(asked.plain):
        return ActionActivities
    if "place" in asked.before and ASKS_PHONE.search(asked.plain):
        return ActionPhone
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
        rescued = _in_context(asked)
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


class ValidateRepairForm(FormValidationAction):  # type: ignore[misc]
    """The words that began the report are taken as what is broken, if they say more than "报修"."""

    def name(self) -> str:
        return "validate_repair_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        events: Events = await super().run(dispatcher, tracker, domain)
        text = tracker.latest_message.get("text") or ""
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        told = len(text) > 4 and not any(word in text for word in ("报修", "报个修", "修理登记"))
        if intent == "report_repair" and told and not tracker.get_slot("repair_what"):
            events = [event for event in events if event.get("name") not in ("repair_what", "requested_slot")]
            events += [SlotSet("repair_what", text), SlotSet("requested_slot", "repair_where")]
        return events


class ActionAskRepairWhat(Action):  # type: ignore[misc]
    """Asked by the form (Rasa's action_ask_<slot>; its validator reports utter_ask_<slot> as unused)."""

    def name(self) -> str:
        return "action_ask_repair_what"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        dispatcher.utter_message(text=texts.ASK_REPAIR_WHAT)
        return []


class ActionAskRepairWhere(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "action_ask_repair_where"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        dispatcher.utter_message(text=texts.ASK_REPAIR_WHERE)
        return []


class ActionRepairReported(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "action_repair_reported"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        what, where = tracker.get_slot("repair_what") or "", tracker.get_slot("repair_where") or ""
        utter(dispatcher, Answer([texts.REPAIR.format(what=what, where=where)], handoff="repair"))
        return [SlotSet("repair_what", None), SlotSet("repair_where", None), SlotSet("misses", 0.0)]


class ActionCancelForm(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "action_cancel_form"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        return [ActiveLoop(None), SlotSet("requested_slot", None), SlotSet("repair_what", None), SlotSet("repair_where", None)]
