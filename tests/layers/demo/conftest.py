"""The demo city, made once per worker."""

import pytest

from layers.demo import DemoCity, city


@pytest.fixture(scope="session")
def demo() -> DemoCity:
    return city()
