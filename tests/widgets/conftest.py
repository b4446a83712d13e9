"""One toy network for all tests of the controls."""

import pytest
from hands import toy_network


@pytest.fixture(scope="session")
def toy():
    return toy_network()
