"""The deployment is one of the simulated cloud's, with a topic that is there before it."""

from cloud.conftest import cloud, signed_in  # noqa: F401
