"""How far a renovation project is: by its name, its nickname, or an address in it."""

from __future__ import annotations

import re
from datetime import date

from sqlalchemy.orm import Session

from actions import texts
from actions.answering import Answer, Answering, footer, not_found, with_others
from actions.asked import Asked
from community import lookups
from community.lookups import Progress
from community.models import Address, Project, Stage

ONLY_WHICH = 20  # characters
# Residents' words for a stage: if one is in the message, the stage whose name holds the key is meant.
STAGE_WORDS = {
    "回搬": (
        "回搬",
        "搬回",
        "搬进",
        "住进",
        "住新",
        "搬新",
        "入住",
        "交房",
        "拿房",
        "拿钥匙",
        "回来住",
        "住回",
        "搬回来",
        "回迁",
        "回去住",
    ),
    "拆": ("拆",),
    "签约": ("签约", "签协议", "签字", "签合同"),
    "搬离": ("搬走", "搬出", "搬离", "腾房", "搬场", "搬空", "搬光", "搬完", "腾空"),
    "验收": ("验收", "竣工", "完工", "造好", "盖好", "装好", "做好"),
    "施工": ("开工", "动工", "施工", "造房", "开始造", "进场", "安装", "造几年", "造多久", "造到", "几时造"),
    "征询": ("征询", "征求", "愿意", "肯不肯", "意愿"),
    "公示": ("公示", "方案"),
}


def speaks_of_a_stage(asked: Asked) -> bool:
    return any(word in asked.plain for words in STAGE_WORDS.values() for word in words)


class ActionProgress(Answering):
    def name(self) -> str:
        return "action_progress"

    def answer(self, asked: Asked, session: Session) -> Answer:
        if "house" in asked.named and "address" in asked.before and "address" not in asked.named:
            estate, lane, _ = asked.before["address"].split("#")
            return self._at_address(asked, session, f"{estate}#{lane}#{asked.named['house'][0]}")
        if asked.unknown and not {"project", "address"} & set(asked.named):
            return not_found(asked.unknown)
        if "project" in asked.named or ("address" not in asked.named and "address" not in asked.before):
            ids = asked.ids("project")
        elif "address" in asked.named:
            return self._at_address(asked, session, asked.named["address"][0])
        else:
            ids = asked.ids("project") or []
            if not ids:
                return self._at_address(asked, session, asked.before["address"])
        if not ids:
            return _overview(session, None, [p.project_id for p in lookups.everything(session, Project)])
        answer = Answer()
        for progress in lookups.progress(session, ids):
            answer.add(_project(progress, asked))
        return with_others(answer, asked) if answer.lines else Answer([texts.NO_DATA], [texts.HAND_OFF])

    def _at_address(self, asked: Asked, session: Session, value: str) -> Answer:
        estate, lane, building = [*value.split("#"), "", ""][:3]
        address = (lane or estate) + (f"{building}号" if building else "")
        ids = lookups.projects_at(session, estate, int(building) if building else None, lane or None)
        if not ids:
            return Answer([texts.ADDRESS_NOWHERE.format(address=address)], [texts.HAND_OFF])
        if len(ids) > 1:
            return _overview(session, address, ids)
        progress = lookups.progress(session, ids)[0]
        answer = Answer([texts.ADDRESS_IN.format(address=address, project=progress.project.name)])
        return with_others(answer.add(_project(progress, asked)), asked)


def _overview(session: Session, estate: str | None, ids: list[str]) -> Answer:
    projects = lookups.by_ids(session, Project, ids)
    if not projects:
        return Answer([texts.NO_DATA], [texts.HAND_OFF])
    example = next(
        (f"{row.estate}{(row.buildings or '12').split('-')[0].split(',')[0]}号" for row in lookups.everything(session, Address)), ""
    )
    answer = Answer([texts.ESTATE_HAS.format(estate=estate) if estate else texts.ALL_PROJECTS])
    for project in projects:
        answer.say(texts.PROJECT_LINE, project=project.name, stage=project.stage or texts.UNPLANNED)
        answer.facts.append(("project", project.project_id))
    answer.lines.append(footer(projects))
    if len(projects) > 1:
        answer.say(texts.WHICH_PROJECT, example=example)
        answer.buttons = [project.name for project in projects]
    return answer


def _project(progress: Progress, asked: Asked) -> Answer:
    project = progress.project
    answer = Answer(facts=[("project", project.project_id)])
    wanted = _stage_asked(progress, asked)
    if wanted is not None and wanted.name != project.stage:
        answer.lines.append(_stage(progress, wanted))
    answer.say(texts.STAGE_NOW, project=project.name, stage=project.stage or texts.UNPLANNED)
    if project.progress_percent is not None:
        answer.say(texts.STAGE_PERCENT, percent=project.progress_percent)
    if progress.current is not None and wanted is not None and wanted.name == project.stage:
        answer.lines.append(_stage(progress, wanted))
    if progress.next is not None:
        stage = progress.stages[progress.next]
        answer.say(texts.STAGE_NEXT, stage=stage.name, when=_planned(stage))
    elif progress.stages:
        answer.say(texts.STAGE_LAST)
    if project.households and re.search(r"户|几家|多少家|人家", asked.plain):
        answer.say(texts.HOUSEHOLDS, households=project.households)
    if project.summary:
        answer.lines.append(project.summary)
    if project.contact:
        answer.say(texts.CONTACT, contact=project.contact)
    answer.lines.append(footer([project]))
    return answer


def _stage_asked(progress: Progress, asked: Asked) -> Stage | None:
    for name in asked.named.get("stage", []):
        for stage in progress.stages:
            if stage.name == name:
                return stage
    # A message that only says which project or house ("我家是30号") leaves open what was asked before.
    text = asked.plain_before if asked.topic == "action_progress" and len(asked.plain) <= ONLY_WHICH else ""
    for key, words in STAGE_WORDS.items():
        if any(word in asked.plain for word in words) or (not speaks_of_a_stage(asked) and any(word in text for word in words)):
            for stage in progress.stages:
                if key in stage.name:
                    return stage
    return None


def _stage(progress: Progress, stage: Stage) -> str:
    note = texts.STAGE_NOTE.format(note=stage.note) if stage.note else ""
    return _stage_when(progress, stage) + note


def _stage_when(progress: Progress, stage: Stage) -> str:
    project = progress.project.name
    if stage.actual_to:
        when = f"{_month_day(stage.actual_from) if stage.actual_from else ''}—{_month_day(stage.actual_to)}"
        return texts.STAGE_DONE.format(project=project, stage=stage.name, when=when)
    if stage.actual_from:
        when = texts.SINCE.format(day=_month_day(stage.actual_from))
        if stage.planned_to:
            when += "，" + texts.PLANNED.format(span=f"到{_month_day(stage.planned_to)}")
        return texts.STAGE_RUNNING.format(project=project, stage=stage.name, when=when)
    return texts.STAGE_PLANNED.format(project=project, stage=stage.name, when=_planned(stage))


def _planned(stage: Stage) -> str:
    if stage.actual_from:
        return texts.SINCE.format(day=_month_day(stage.actual_from))
    if not stage.planned_from:
        return texts.UNPLANNED
    span = _month_day(stage.planned_from) + (f"—{_month_day(stage.planned_to)}" if stage.planned_to else "")
    return texts.PLANNED.format(span=span)


def _month_day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
