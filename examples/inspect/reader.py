"""Numbers from bytes. A read past the end makes the file malformed."""

from failure import malformed


class Reader:
    """A file or a part of it."""

    def __init__(self, data, what):
        self.data = memoryview(data)
        self.what = what

    def __len__(self):
        return len(self.data)

    def bytes(self, at, length):
        """This many bytes from an offset."""
        if length < 0 or at + length > len(self.data):
            raise malformed(f"the {self.what} file is cut short; upload it again")
        return self.data[at : at + length]

    def u8(self, at):
        return self.bytes(at, 1)[0]

    def number(self, at, length, order="big"):
        return int.from_bytes(self.bytes(at, length), order)

    def part(self, at, length):
        return Reader(self.bytes(at, length), self.what)

    def starts_with(self, signature):
        return bytes(self.data[: len(signature)]) == signature
