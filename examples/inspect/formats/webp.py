"""WebP (RFC 9649): a RIFF file."""

from exif import orientation
from failure import malformed


def recognises(file):
    return file.starts_with(b"RIFF") and bytes(file.data[8:12]) == b"WEBP"


def read(file):
    end = file.number(4, 4, "little") + 8
    file.bytes(0, end)
    facts = {"frames": 0}
    at = 12
    # With one, the pixel chunks need not be parsed.
    canvas = False
    while at + 8 <= end:
        name = bytes(file.bytes(at, 4))
        length = file.number(at + 4, 4, "little")
        chunk = file.part(at + 8, length)
        at += 8 + length + (length & 1)
        match name:
            case b"VP8X":
                canvas = True
                facts["has_alpha"] = bool(chunk.u8(0) & 0x10)
                facts["width"] = chunk.number(4, 3, "little") + 1
                facts["height"] = chunk.number(7, 3, "little") + 1
            case b"VP8 ":
                facts["frames"] += 1
                if not canvas:
                    facts["width"] = chunk.number(6, 2, "little") & 0x3FFF
                    facts["height"] = chunk.number(8, 2, "little") & 0x3FFF
            case b"VP8L":
                facts["frames"] += 1
                if not canvas:
                    bits = chunk.number(1, 4, "little")
                    facts["width"] = (bits & 0x3FFF) + 1
                    facts["height"] = (bits >> 14 & 0x3FFF) + 1
                    facts["has_alpha"] = bool(bits & 1 << 28)
            case b"ANMF":
                facts["frames"] += 1
            case b"ICCP":
                facts["has_icc_profile"] = True
            case b"EXIF":
                facts["orientation"] = orientation(chunk)
    if "width" not in facts or not facts["frames"]:
        raise malformed("the WebP file is damaged: it holds no picture")
    return facts
