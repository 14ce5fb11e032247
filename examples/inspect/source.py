"""The picture's bytes."""

from failure import limit_exceeded, malformed

# A call to the host has a fixed cost.
PIECE = 256 * 1024

# Memory that the interpreter itself uses.
INTERPRETER = 32 << 20


def read_all(source, max_memory):
    """The whole source, if it fits into memory."""
    size = source.size()
    if size == 0:
        raise malformed("the object is empty; upload the picture again")
    if size + PIECE + INTERPRETER > max_memory:
        raise limit_exceeded(f"{size} bytes are too many; raise the limit of memory")
    file = bytearray()
    while piece := source.read(PIECE):
        file += piece
    return file
