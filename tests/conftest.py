"""What all tests share."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _no_forced_collection() -> Iterator[None]:
    """statsmodels has all garbage collected at every correction of p: half a second beside torch.

    Python goes on to collect by itself.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gc, "collect", lambda generation=2: 0)
        yield
