"""A deployment in the simulated cloud, with an existing topic."""

from cloud.conftest import cloud, signed_in  # noqa: F401
