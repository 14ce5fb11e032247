"""The orientation, as recorded by a camera."""

from componentize_py_types import Err

ORIENTATION = 0x0112
PREFIX = b"Exif\0\0"


def orientation(block):
    """The orientation of an EXIF block, 1 to 8; 1 if there is none.

    Damage in it is ignored, so that the picture's other facts are not lost.
    """
    try:
        tiff = block
        if block.starts_with(PREFIX):
            tiff = block.part(len(PREFIX), len(block) - len(PREFIX))
        order = "little" if tiff.starts_with(b"II") else "big"
        directory = tiff.number(4, 4, order)
        for entry in range(tiff.number(directory, 2, order)):
            at = directory + 2 + entry * 12
            if tiff.number(at, 2, order) == ORIENTATION:
                value = tiff.number(at + 8, 2, order)
                return value if 1 <= value <= 8 else 1
    except Err:
        pass
    return 1
