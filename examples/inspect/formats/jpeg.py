"""JPEG (ITU T.81): segments, each begun by a marker, up to the end of the image."""

from exif import PREFIX, orientation
from failure import malformed

START_OF_SCAN = 0xDA
END_OF_IMAGE = 0xD9
APP1, APP2 = 0xE1, 0xE2
# Markers without a segment: TEM, RST0 to RST7, SOI.
ALONE = {0x01, *range(0xD0, 0xD9)}
# SOF0 to SOF15, without DHT, JPG and DAC.
FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

COLORS = {1: "gray", 3: "rgb", 4: "cmyk"}


def recognises(file):
    return file.starts_with(b"\xff\xd8\xff")


def read(file):
    facts = {}
    at = 2
    while True:
        while file.number(at, 2) == 0xFFFF:
            at += 1
        if file.u8(at) != 0xFF:
            raise malformed("the JPEG file is damaged: a marker is missing")
        marker = file.u8(at + 1)
        at += 2
        if marker == END_OF_IMAGE:
            break
        if marker in ALONE:
            continue
        segment = file.part(at + 2, file.number(at, 2) - 2)
        at += 2 + len(segment)
        if marker == START_OF_SCAN:
            at = end_of_scan(file, at)
        elif marker in FRAMES:
            facts["bit_depth"] = segment.u8(0)
            facts["height"] = segment.number(1, 2)
            facts["width"] = segment.number(3, 2)
            facts["color"] = COLORS.get(segment.u8(5), "other")
            facts["progressive"] = marker & 3 == 2
        elif marker == APP1 and segment.starts_with(PREFIX):
            facts["orientation"] = orientation(segment)
        elif marker == APP2 and segment.starts_with(b"ICC_PROFILE\0"):
            facts["has_icc_profile"] = True
    if "width" not in facts:
        raise malformed("the JPEG file is damaged: it holds no picture")
    return facts


def end_of_scan(file, at):
    """The next marker after coded pixels.

    They hold FF only before 00 and before the numbers of restarts.
    """
    data = file.data.obj
    while True:
        at = data.find(b"\xff", at)
        if at < 0:
            at = len(file)
        following = file.u8(at + 1)
        if following == 0xFF:
            at += 1
        elif following == 0 or 0xD0 <= following <= 0xD7:
            at += 2
        else:
            return at
