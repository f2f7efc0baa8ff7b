"""A disk that nobody waits for, where it is not the disk that is tested."""

from collections.abc import Iterator

import pytest

from tests.files.fake_disk import Hasty

HASTY = ("test_resume", "test_checkpoint", "test_load", "test_round_trip", "test_reach", "test_foreign", "test_damage")


@pytest.fixture(autouse=True)
def _hasty(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.path.stem in HASTY:
        with Hasty():
            yield
    else:
        yield
