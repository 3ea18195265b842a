from community import catalog
from community.database import reading


def test_the_sample_has_names(sample: str) -> None:
    with reading() as session:
        assert len(catalog.names(session)) > 1000
