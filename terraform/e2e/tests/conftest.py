"""Simulators for the tests: started on a free port, stopped whatever happens."""

import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from harness import Simulator  # noqa: E402


@pytest.fixture(scope="module")
def simulator(tmp_path_factory):
    with Simulator(tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture(scope="module")
def unmended(tmp_path_factory):
    with Simulator(tmp_path_factory.mktemp("unmended"), "--unmended") as running:
        yield running
