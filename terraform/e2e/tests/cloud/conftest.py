"""The steps depend on each other: they run in order, and stop at the first failure.

Their inputs are environment variables, which `python3 -m tools.cloud` sets.
"""

import os

import pytest
from cloud.stage import Cloud

NAMES = ("transform_package", "publish_package", "default_transform", "second")
GIVEN = {name: os.environ.get(f"OBSCURA_E2E_{name.upper()}") for name in NAMES}


@pytest.fixture(scope="session")
def cloud(tmp_path_factory):
    if None in GIVEN.values():
        pytest.skip("`python3 -m tools.cloud` runs these")
    trigger = os.environ["OBSCURA_E2E_TRIGGER"]
    running = Cloud(trigger, tmp_path_factory.mktemp(trigger), GIVEN)
    yield running
    running.simulator.stop()


@pytest.fixture
def signed_in(cloud, monkeypatch):
    """The tools' own clients use the simulator with all permissions."""
    for name, value in cloud.simulator.environment(cloud.admin or ("test", "test")).items():
        monkeypatch.setenv(name, value)
