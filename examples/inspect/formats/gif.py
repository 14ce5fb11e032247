"""GIF (87a and 89a): a screen, then blocks up to the trailer."""

from failure import malformed

EXTENSION = 0x21
GRAPHIC_CONTROL = 0xF9
IMAGE = 0x2C
TRAILER = 0x3B


def recognises(file):
    return file.starts_with(b"GIF87a") or file.starts_with(b"GIF89a")


def read(file):
    facts = {
        "width": file.number(6, 2, "little"),
        "height": file.number(8, 2, "little"),
        "frames": 0,
        "color": "indexed",
        "has_alpha": False,
        "progressive": False,
    }
    at = 13 + palette(file.u8(10))
    while (block := file.u8(at)) != TRAILER:
        if block == EXTENSION:
            if file.u8(at + 1) == GRAPHIC_CONTROL and file.u8(at + 3) & 1:
                facts["has_alpha"] = True
            at = end_of_blocks(file, at + 2)
        elif block == IMAGE:
            flags = file.u8(at + 9)
            facts["frames"] += 1
            facts["progressive"] |= bool(flags & 0x40)
            # A descriptor, its palette, the first code's size.
            at = end_of_blocks(file, at + 10 + palette(flags) + 1)
        else:
            raise malformed("the GIF file is damaged: it has an unknown block")
    if not facts["frames"]:
        raise malformed("the GIF file is damaged: it holds no picture")
    return facts


def palette(flags):
    """Bytes of the palette that these flags declare."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def end_of_blocks(file, at):
    """The offset after blocks that each begin with their length; the last is empty."""
    while length := file.u8(at):
        at += 1 + length
    return at + 1
