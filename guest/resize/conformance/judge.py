"""SSIMULACRA2 and butteraugli of a picture, by the crates of those names: see examples/score.rs.

(The Python package of the first one's name treats what is beyond the edges otherwise than libjxl does,
and differs from it by up to 35 points at small, dark pictures.)
"""

import struct
import subprocess
import threading
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[3] / "target/guest/examples/score"
# A thread has programs of its own.
local = threading.local()


def ask(original, other, *arguments):
    if original.size != other.size:
        raise ValueError(f"{original.size} and {other.size} cannot be compared")
    programs = local.__dict__.setdefault("programs", {})
    if arguments not in programs:
        programs[arguments] = subprocess.Popen([PROGRAM, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    judge = programs[arguments]
    judge.stdin.write(struct.pack("<II", *original.size))
    for picture in (original, other):
        judge.stdin.write(picture.convert("RGB").tobytes())
    judge.stdin.flush()
    return [float(number) for number in judge.stdout.readline().split()]


def score(original, other):
    """SSIMULACRA2 of two pictures of Pillow's; 100 is the same."""
    return ask(original, other)[0]


def both(original, other):
    """SSIMULACRA2, and butteraugli's 3-norm, of which 0 is the same."""
    return ask(original, other, "--butteraugli")
