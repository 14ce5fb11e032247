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


def many_groups():
    """A lossless WebP of 4×4 pixels with 65,536 groups of five prefix codes, for each of which decoders make a
    table of 4 KiB: more than a gigabyte, of less than 4 MB."""
    def put(value, count):
        return format(value, f"0{count}b")[::-1]

    def code(word, count):
        return format(word, f"0{count}b")

    head = put(0x2F, 8) + put(3, 14) + put(3, 14) + put(0, 4)
    # No transform, no cache, groups for tiles of four pixels; the image of groups has no cache.
    head += "001" + put(0, 3) + "0"
    head += "".join("101" + put(symbol, 8) for symbol in (255, 255, 0, 0, 0))
    # Lengths of 1 to 10: six of three bits, four of four.
    bits = "0" + put(14 - 4, 4) + "".join(put(n, 3) for n in (0, 0, 0, 3, 3, 3, 3, 3, 0, 3, 4, 4, 4, 4))
    bits += "1" + put(1, 3) + put(11 - 2, 4)
    bits += "".join(code(n - 1, 3) if n <= 6 else code(n + 5, 4) for n in (*range(1, 11), 10))
    bits = head + bits * (65_536 * 5)
    body = np.packbits(np.frombuffer(bits.encode(), np.uint8) - ord("0"), bitorder="little").tobytes()
    body += bytes(len(body) % 2)
    chunk = b"VP8L" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


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
    (folder / "bomb-65536-groups.webp").write_bytes(many_groups())
    return ["bomb-65536-groups.webp", "100-megapixels.jpg", "100-megapixels.png", "1x60000.png", "bomb-60000x60000.png", "10000-frames.gif"]


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
