"""The deployment is one of the simulated cloud's, with a distribution before it."""

from cloud.conftest import cloud, signed_in  # noqa: F401
