"""What tests of records share."""

import pytest
from recorded import changed


@pytest.fixture
def record():
    """A whole record."""
    return changed()
