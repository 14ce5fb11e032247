"""A deployment in the simulated cloud, with a distribution."""

from cloud.conftest import cloud, signed_in  # noqa: F401
