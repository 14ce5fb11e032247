"""The transform `inspect`: facts about a picture, as JSON, read from its bytes.

- parameters: parsing and checking the parameters
- source: the picture's bytes
- reader: numbers from bytes, with bounds checks
- formats: one module per format
- exif: the orientation
- failure: errors
"""

import json

from wit_world import exports
from wit_world.exports.transformer import Description, RenditionSpec
from wit_world.imports import limits, output

import parameters
import source
from failure import limit_exceeded
from formats import inspect

NAME = "facts"
MEDIA_TYPE = "application/json"


class Transformer(exports.Transformer):
    """The exports of the world."""

    def describe(self):
        return Description(
            name="inspect",
            version="1.0.0",
            summary="Says what a picture is: format, size, frames, transparency, as JSON.",
            accepts=["image/jpeg", "image/png", "image/webp", "image/gif"],
            parameters_schema=json.dumps(parameters.SCHEMA),
            default_parameters=json.dumps(parameters.DEFAULTS),
        )

    def plan(self, text):
        parameters.parse(text)
        return [RenditionSpec(NAME, [MEDIA_TYPE])]

    def transform(self, picture, text):
        wanted = parameters.parse(text)
        file = source.read_all(picture, limits.max_memory())
        facts = inspect(file)
        check(facts)
        facts["bytes"] = len(file)
        body = json.dumps(facts, indent=2 if wanted["pretty"] else None).encode()
        attributes = [("format", facts["format"])]
        output.emit(output.Rendition(NAME, MEDIA_TYPE, 0, 0, attributes, body))


def check(facts):
    """A page that trusts these facts reserves space for this many pixels."""
    width, height, frames = facts["width"], facts["height"], facts["frames"]
    if width * height * frames > limits.max_pixels() or frames > limits.max_frames():
        raise limit_exceeded(
            f"{width}×{height} pixels in {frames} frames are too many; make the picture smaller, "
            "or raise the limits"
        )
