"""All that residents may come about, read from the tables."""

from __future__ import annotations

from datetime import date

from community.database import reading
from community.matters import matters


def test_every_kind_of_row_is_a_matter_with_its_spellings(sample: str) -> None:
    with reading() as session:
        found = {(one.kind, one.id): one for one in matters(session, date(2026, 11, 24))}
    assert {kind for kind, _ in found} == {"faq", "guide", "activity", "contact", "place", "service", "category"}
    assert "补社保卡" in found["guide", "social-card-reissue"].spellings
    assert "食堂" in " ".join(found["place", "canteen"].spellings)
    assert "量血压" in found["service", "量血压"].spellings
    assert found["activity", "knitting"].title == "绒线编织班"
