"""Pictures at and beyond the limits, with the default ones: rendered within them, or refused before decoding."""

import io
import json
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

import inputs

ROOT = inputs.ROOT
Image.MAX_IMAGE_PIXELS = None


def make(folder):
    """Files, and what has to become of each: `rendered` or a code."""
    # A slope, and a sensor's noise upon it: as many bits a pixel as photographs have.
    noise = np.random.default_rng(1).normal(0, 4, (10_000, 10_000)).astype(np.float32)
    slope = np.add.outer(np.arange(10_000), np.arange(10_000)).astype(np.float32) / 80
    big = Image.fromarray((slope + noise).clip(0, 255).astype(np.uint8))
    big.convert("RGB").save(folder / "100-megapixels.jpg", quality=80)
    big.save(folder / "100-megapixels.png", compress_level=1)
    Image.new("RGB", (1, 60_000), (200, 90, 30)).save(folder / "1x60000.png")
    row = b"\0" + bytes(60_000)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(60_000)) + packer.flush()
    head = inputs.chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + head + inputs.chunk(b"IDAT", data) + inputs.chunk(b"IEND", b"")
    (folder / "bomb-60000x60000.png").write_bytes(bomb)
    frames = [Image.new("P", (16, 16), n % 2) for n in range(2)]
    for frame in frames:
        frame.putpalette([0, 0, 0, 255, 255, 255])
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=[frames[1]], duration=20)
    body = out.getvalue()
    start = body.index(b"\x21\xf9")
    pair = body[start:-1]
    (folder / "10000-frames.gif").write_bytes(body[:start] + pair * 5_000 + b";")
    return ["100-megapixels.jpg", "100-megapixels.png", "1x60000.png", "bomb-60000x60000.png", "10000-frames.gif"]


def main():
    inside = {"name": "r", "width": 400, "height": 400, "fit": "inside", "format": "jpeg"}
    keep = {"name": "r", "width": 16, "format": "gif", "animation": "keep"}
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        names = make(folder)
        for name, asked, expected in [
            *((name, inside, "limit-exceeded" if "bomb" in name else "rendered") for name in names),
            ("10000-frames.gif", keep, "limit-exceeded"),
        ]:
            command = [ROOT / "target/debug/obscura", "render", "--json", "--out", folder / "out",
                       "--params", json.dumps({"renditions": [asked]}), folder / name]
            line = json.loads(subprocess.run(command, capture_output=True, text=True).stdout)
            outcome = line["error"]["code"] if "error" in line else "rendered"
            wrong += outcome != expected
            peak = line.get("peak_memory_bytes", 0) / 2**20
            time = max(line.get("guest_cpu_ms", [0]))
            print(f"{name}{', all frames' if asked is keep else ''}: {outcome}, {time:.0f} ms, {peak:.0f} MiB"
                  f"{'' if outcome == expected else f', WRONG: {expected} expected'}", flush=True)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
