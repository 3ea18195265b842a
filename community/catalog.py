"""All names that residents may use for the things in the tables, and the version that tells when they changed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community import models

# Ends of a medicine's name that residents leave out ("硝苯地平" for "硝苯地平控释片"), longest first.
DOSAGE_FORMS = ("口腔崩解片", "干混悬剂", "吸入气雾剂", "吸入粉雾剂", "硝酸甘油片", "缓释胶囊", "肠溶胶囊", "软胶囊", "控释片", "缓释片", "肠溶片",
                "分散片", "咀嚼片", "泡腾片", "含片", "注射液", "口服溶液", "口服液", "滴眼液", "眼药水", "滴鼻液", "喷雾剂", "气雾剂", "混悬液",
                "凝胶", "软膏", "乳膏", "眼膏", "糖浆", "颗粒", "滴丸", "胶囊", "贴膏", "栓", "散", "丸", "片")  # fmt: skip
SALTS = ("盐酸", "苯磺酸", "马来酸", "富马酸", "酒石酸", "琥珀酸", "硫酸氢", "硫酸", "氢溴酸", "甲磺酸", "枸橼酸", "单硝酸", "磷酸", "重酒石酸", "赖氨酸")  # fmt: skip

GUIDE_NAME_AT_MOST = 8  # characters; a longer alias of a procedure is a way to ask for it, and no name to look for in a message


@dataclass(frozen=True)
class Name:
    """A spelling, what kind of thing it names, and the id (for kinds without rows of their own, the value itself)."""

    text: str
    kind: str
    id: str


def version(session: Session) -> int:
    """Rises with every change of content; 0 for an empty database."""
    return session.execute(select(models.CatalogVersion.version)).scalar() or 0


def touch(session: Session, at_least: int = 0) -> None:
    """Tell every reader of names that content changed: a version above the present one and `at_least`.

    Call it in the transaction of the change.
    """
    row = models.CatalogVersion
    following = max(version(session), at_least) + 1
    if not session.execute(update(row).values(version=following)).rowcount:
        session.add(row(id=1, version=following))


def generic_name(name: str) -> str:
    """A medicine's generic name without dosage form ("硝苯地平控释片" → "硝苯地平"), as the pharmacopoeia forms names."""
    bare = re.sub(r"[（(].*?[)）]", "", name)
    for form in DOSAGE_FORMS:
        if bare.endswith(form) and len(bare) - len(form) >= 2:
            return bare[: -len(form)]
    return bare


def _spellings(medicine: models.Medicine) -> set[str]:
    generic = generic_name(medicine.name)
    found = {medicine.name, *medicine.brands, *medicine.aliases, re.sub(r"[（(].*?[)）]", "", medicine.name)}
    if len(generic) >= 3:
        found.add(generic)
    for salt in SALTS:
        if medicine.name.startswith(salt) and len(generic) - len(salt) >= 3:
            found |= {generic[len(salt) :], medicine.name[len(salt) :]}
    return found


def names(session: Session) -> list[Name]:
    """Every name of every row, without repeats."""
    found: dict[Name, None] = {}

    def add(kind: str, ident: str, *spellings: str | None) -> None:
        for spelling in spellings:
            if spelling and spelling.strip():
                found[Name(spelling.strip(), kind, ident)] = None

    def rows(model: object) -> list[models.Place]:
        return list(session.execute(select(model)).scalars())

    for place in rows(models.Place):
        add("place", place.place_id, place.name, *place.aliases)
    for service in {row.service for row in rows(models.Hours) if row.service}:
        add("service", service, service)
    for medicine in rows(models.Medicine):
        add("medicine", medicine.medicine_id, *sorted(_spellings(medicine)))
        add("category", medicine.category, medicine.category)
    for project in rows(models.Project):
        add("project", project.project_id, project.name, *project.aliases)
    for stage in {row.name for row in rows(models.Stage)}:
        add("stage", stage, stage)
    for address in rows(models.Address):
        add("estate", address.estate, address.estate)
        if address.lane:
            add("estate", f"{address.estate}#{address.lane}", address.lane)
    for guide in rows(models.Guide):
        add("guide", guide.guide_id, guide.name, *(alias for alias in guide.aliases if len(alias) <= GUIDE_NAME_AT_MOST))
    for activity in rows(models.Activity):
        add("activity", activity.activity_id, activity.name)
    for contact in rows(models.Contact):
        add("contact", contact.contact_id, contact.name, *contact.aliases)
    return list(found)
