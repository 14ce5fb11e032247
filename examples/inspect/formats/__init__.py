"""Detects the format from a file's bytes, as its name can be wrong."""

from failure import malformed, unsupported_format
from reader import Reader

from . import gif, jpeg, png, webp

FORMATS = {"jpeg": jpeg, "png": png, "gif": gif, "webp": webp}


def inspect(data):
    """The facts of a picture."""
    for name, module in FORMATS.items():
        file = Reader(data, name.upper())
        if module.recognises(file):
            facts = {"format": name, **DEFAULTS, **module.read(file)}
            break
    else:
        raise unsupported_format("this is no JPEG, PNG, WebP or GIF; upload one of these")
    if not facts["width"] or not facts["height"]:
        raise malformed(f"it says it is {facts['width']}×{facts['height']} pixels")
    # The displayed size, with the camera's orientation applied.
    if facts["orientation"] >= 5:
        facts["width"], facts["height"] = facts["height"], facts["width"]
    facts["animated"] = facts["frames"] > 1
    return facts


DEFAULTS = {
    "width": 0,
    "height": 0,
    "orientation": 1,
    "frames": 1,
    "bit_depth": 8,
    "color": "rgb",
    "has_alpha": False,
    "has_icc_profile": False,
    "progressive": False,
}
