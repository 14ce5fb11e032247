"""The parameters from the pipeline document."""

import json

from failure import invalid_parameters

DEFAULTS = {"pretty": False}

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Parameters",
    "type": "object",
    "properties": {
        "pretty": {
            "description": "Whether the JSON is laid out for people. Default: `false`.",
            "type": "boolean",
            "default": False,
        },
    },
    "additionalProperties": False,
}


def parse(text):
    """Parameters from their JSON text; empty text means the defaults."""
    if not text.strip():
        return DEFAULTS
    try:
        given = json.loads(text)
    except ValueError as error:
        raise invalid_parameters(f"the parameters are not JSON: {error}") from error
    if not isinstance(given, dict):
        raise invalid_parameters("the parameters: give an object")
    for name, value in given.items():
        if name not in DEFAULTS:
            known = ", ".join(DEFAULTS)
            raise invalid_parameters(f"`{name}`: there is no such parameter, only {known}")
        if not isinstance(value, bool):
            raise invalid_parameters(f"`{name}`: give true or false")
    return {**DEFAULTS, **given}
