"""The deployment is one of the simulated cloud's, of the smallest example."""

from cloud.conftest import cloud, signed_in  # noqa: F401
