"""A deployment of the smallest example in the simulated cloud."""

from cloud.conftest import cloud, signed_in  # noqa: F401
