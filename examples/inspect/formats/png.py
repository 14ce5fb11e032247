"""PNG (third edition): chunks of a length, a name, data and a checksum."""

from exif import orientation
from failure import malformed

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLORS = {0: "gray", 2: "rgb", 3: "indexed", 4: "gray", 6: "rgb"}
WITH_ALPHA = {4, 6}


def recognises(file):
    return file.starts_with(SIGNATURE)


def read(file):
    facts = {}
    at = len(SIGNATURE)
    pixels = False
    while True:
        length = file.number(at, 4)
        name = bytes(file.bytes(at + 4, 4))
        # With its checksum.
        file.bytes(at + 8, length + 4)
        chunk = file.part(at + 8, length)
        at += length + 12
        match name:
            case b"IHDR":
                kind = chunk.u8(9)
                facts["width"] = chunk.number(0, 4)
                facts["height"] = chunk.number(4, 4)
                facts["bit_depth"] = chunk.u8(8)
                facts["color"] = COLORS.get(kind, "other")
                facts["has_alpha"] = kind in WITH_ALPHA
                facts["progressive"] = chunk.u8(12) == 1
            case b"tRNS":
                facts["has_alpha"] = True
            case b"iCCP":
                facts["has_icc_profile"] = True
            case b"acTL":
                facts["frames"] = max(1, chunk.number(0, 4))
            case b"eXIf":
                facts["orientation"] = orientation(chunk)
            case b"IDAT":
                pixels = True
            case b"IEND":
                break
    if "width" not in facts or not pixels:
        raise malformed("the PNG file is damaged: it holds no picture")
    return facts
