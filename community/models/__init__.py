"""Tables: `content` (what an admin keeps true), `conversation` (who said what), `staff` (who may do what)."""

from community.models.base import Base
from community.models.content import (
    Activity,
    Address,
    CatalogVersion,
    Closure,
    Contact,
    Faq,
    Guide,
    Hours,
    Medicine,
    Place,
    Project,
    Stage,
    Stock,
    Team,
)
from community.models.conversation import Conversation, Event, Message, Outbox, Resident
from community.models.staff import Audit, Staff, StaffSession

__all__ = [
    "Activity", "Address", "Audit", "Base", "CatalogVersion", "Closure", "Contact", "Conversation", "Event",
    "Faq", "Guide", "Hours", "Medicine", "Message", "Outbox", "Place", "Project", "Resident", "Staff",
    "StaffSession", "Stage", "Stock", "Team",
]  # fmt: skip
