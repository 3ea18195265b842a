"""Content tables: one a content file, the same columns (docs/content.md). `pos` keeps the order of the file."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, Integer, String, Text

from community.models.base import Base


class Place(Base):
    __tablename__ = "places"
    pos = Column(Integer, nullable=False, default=0)
    place_id = Column(String(64), primary_key=True)
    name = Column(String(200), nullable=False)
    aliases = Column(JSON, nullable=False, default=list)
    kind = Column(String(64))
    parent_id = Column(String(64))
    address = Column(Text)
    phone = Column(String(64))
    note = Column(Text)
    source = Column(Text, nullable=False)
    updated_on = Column(Date, nullable=False)


class Hours(Base):
    __tablename__ = "hours"
    pos = Column(Integer, primary_key=True)
    place_id = Column(String(64), nullable=False, index=True)
    service = Column(String(100))
    weekdays = Column(String(32), nullable=False)
    opens = Column(String(5), nullable=False)
    closes = Column(String(5), nullable=False)
    valid_from = Column(Date)
    valid_to = Column(Date)
    note = Column(Text)


class Closure(Base):
    __tablename__ = "closures"
    pos = Column(Integer, primary_key=True)
    place_id = Column(String(64), nullable=False, index=True)
    service = Column(String(100))
    from_date = Column(Date, nullable=False)
    to_date = Column(Date, nullable=False)
    reason = Column(Text)
    source = Column(Text, nullable=False)


class Medicine(Base):
    __tablename__ = "medicines"
    pos = Column(Integer, nullable=False, default=0)
    medicine_id = Column(String(64), primary_key=True)
    name = Column(String(200), nullable=False)
    brands = Column(JSON, nullable=False, default=list)
    aliases = Column(JSON, nullable=False, default=list)
    spec = Column(String(200))
    category = Column(String(100), index=True)
    prescription = Column(Boolean, nullable=False)
    note = Column(Text)
    source = Column(Text, nullable=False)


class Stock(Base):
    __tablename__ = "stock"
    pos = Column(Integer, primary_key=True)
    place_id = Column(String(64), nullable=False)
    medicine_id = Column(String(64), nullable=False, index=True)
    status = Column(String(8), nullable=False)
    expected_on = Column(Date)
    updated_on = Column(Date, nullable=False)


class Project(Base):
    __tablename__ = "projects"
    pos = Column(Integer, nullable=False, default=0)
    project_id = Column(String(64), primary_key=True)
    name = Column(String(200), nullable=False)
    aliases = Column(JSON, nullable=False, default=list)
    stage = Column(String(200))
    progress_percent = Column(Integer)
    households = Column(Integer)
    summary = Column(Text)
    contact = Column(Text)
    source = Column(Text, nullable=False)
    updated_on = Column(Date, nullable=False)


class Stage(Base):
    __tablename__ = "stages"
    pos = Column(Integer, primary_key=True)
    project_id = Column(String(64), nullable=False, index=True)
    position = Column(Integer, nullable=False)
    name = Column(String(200), nullable=False)
    planned_from = Column(Date)
    planned_to = Column(Date)
    actual_from = Column(Date)
    actual_to = Column(Date)
    note = Column(Text)


class Address(Base):
    __tablename__ = "addresses"
    pos = Column(Integer, primary_key=True)
    project_id = Column(String(64), nullable=False, index=True)
    estate = Column(String(200), nullable=False)
    lane = Column(String(100))
    buildings = Column(Text)
    note = Column(Text)


class Guide(Base):
    __tablename__ = "guides"
    pos = Column(Integer, nullable=False, default=0)
    guide_id = Column(String(64), primary_key=True)
    name = Column(String(200), nullable=False)
    aliases = Column(JSON, nullable=False, default=list)
    who = Column(Text)
    materials = Column(JSON, nullable=False, default=list)
    steps = Column(JSON, nullable=False, default=list)
    fee = Column(Text)
    days = Column(Text)
    place_id = Column(String(64))
    source = Column(Text, nullable=False)
    updated_on = Column(Date, nullable=False)


class Activity(Base):
    __tablename__ = "activities"
    pos = Column(Integer, nullable=False, default=0)
    activity_id = Column(String(64), primary_key=True)
    name = Column(String(200), nullable=False)
    place_id = Column(String(64))
    starts_at = Column(String(16), nullable=False)
    ends_at = Column(String(16))
    repeats = Column(String(16))
    capacity = Column(Integer)
    audience = Column(Text)
    note = Column(Text)


class Contact(Base):
    __tablename__ = "contacts"
    pos = Column(Integer, nullable=False, default=0)
    contact_id = Column(String(64), primary_key=True)
    name = Column(String(200), nullable=False)
    aliases = Column(JSON, nullable=False, default=list)
    phone = Column(String(64), nullable=False)
    hours_note = Column(Text)
    source = Column(Text, nullable=False)


class Faq(Base):
    __tablename__ = "faqs"
    pos = Column(Integer, nullable=False, default=0)
    faq_id = Column(String(64), primary_key=True)
    question = Column(Text, nullable=False)
    similar = Column(JSON, nullable=False, default=list)
    answer = Column(Text, nullable=False)
    category = Column(String(100))
    valid_from = Column(Date)
    valid_to = Column(Date)
    source = Column(Text, nullable=False)
    updated_on = Column(Date, nullable=False)


class Team(Base):
    __tablename__ = "teams"
    pos = Column(Integer, nullable=False, default=0)
    team_id = Column(String(64), primary_key=True)
    name = Column(String(200), nullable=False)
    categories = Column(JSON, nullable=False, default=list)
    place_id = Column(String(64))
    hours_note = Column(Text)


class CatalogVersion(Base):
    """One row; `version` rises with every change of content, so that the bot knows when to read names anew."""

    __tablename__ = "catalog_version"
    id = Column(Integer, primary_key=True)
    version = Column(Integer, nullable=False, default=0)
