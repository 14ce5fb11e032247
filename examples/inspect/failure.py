"""Errors to raise: cases of the contract's `error`."""

from componentize_py_types import Err
from wit_world.exports import transformer


def unsupported_format(message):
    return Err(transformer.Error_UnsupportedFormat(message))


def malformed(message):
    return Err(transformer.Error_Malformed(message))


def limit_exceeded(message):
    return Err(transformer.Error_LimitExceeded(message))


def invalid_parameters(message):
    return Err(transformer.Error_InvalidParameters(message))
