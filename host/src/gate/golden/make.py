#!/usr/bin/env python3
"""Makes the golden pictures: small files of every kind that a camera, a designer or an attacker uploads.

    python3 -m venv venv && venv/bin/pip install pillow==13.0.0
    venv/bin/python make.py            # writes pictures/
"""

import io
import math
import pathlib
import struct
import zlib

from PIL import Image

OUT = pathlib.Path(__file__).resolve().parent / "pictures"


def picture(width, height):
    """Waves and an edge, different in every corner."""
    image = Image.new("RGB", (width, height))
    image.putdata(
        [
            (
                int(128 + 100 * math.sin(x / 5)),
                int(255 * y / max(height - 1, 1)),
                200 if x + 2 * y > width else 40,
            )
            for y in range(height)
            for x in range(width)
        ]
    )
    return image


def write(name, data):
    (OUT / name).write_bytes(data)


def encode(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, colour, rows, extra=b""):
    """A PNG file of rows that are packed already."""
    compressor = zlib.compressobj(9)
    body = b"".join(compressor.compress(b"\0" + row) for row in rows) + compressor.flush()
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def display_p3():
    """A colour profile with the primaries of Display P3 and a gamma of 2.2 (ICC.1:2001-04)."""
    fixed = lambda value: struct.pack(">i", round(value * 65536))
    xyz = lambda x, y, z: b"XYZ \0\0\0\0" + fixed(x) + fixed(y) + fixed(z)
    name = b"Display P3, gamma 2.2\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + bytes(78),
        b"cprt": b"text\0\0\0\0" + b"CC0\0",
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.5151, 0.2412, -0.0011),
        b"gXYZ": xyz(0.2920, 0.6922, 0.0419),
        b"bXYZ": xyz(0.1571, 0.0666, 0.7841),
        b"rTRC": b"curv\0\0\0\0" + struct.pack(">IH", 1, 563),
    }
    tags[b"gTRC"] = tags[b"bTRC"] = tags[b"rTRC"]
    table, data = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for tag, body in tags.items():
        body += bytes(-len(body) % 4)
        table += tag + struct.pack(">II", start + len(data), len(body))
        data += body
    size = start + len(data)
    header = struct.pack(">I4xI4s4s4s", size, 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28)
    header += fixed(0.9642) + fixed(1.0) + fixed(0.8249)
    return header + bytes(128 - len(header)) + struct.pack(">I", len(tags)) + table + data


def main():
    OUT.mkdir(exist_ok=True)
    plain = picture(48, 32)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        write(f"orientation-{orientation}.jpg", encode(plain, "JPEG", quality=80, exif=exif))
    write("progressive.jpg", encode(plain, "JPEG", quality=80, progressive=True))
    write("cmyk.jpg", encode(plain.convert("CMYK"), "JPEG", quality=80))
    write("grey.jpg", encode(plain.convert("L"), "JPEG", quality=80))
    write("wide-gamut.jpg", encode(plain, "JPEG", quality=80, icc_profile=display_p3()))

    grey = [bytes((x * 5 + y) % 256 for x in range(48)) for y in range(32)]
    write("grey.png", png(48, 32, 8, 0, grey))
    deep = [
        b"".join(struct.pack(">HHH", x * 1365, y * 2114, (x * y * 43) % 65536) for x in range(48))
        for y in range(32)
    ]
    write("16-bit.png", png(48, 32, 16, 2, deep))
    alpha = plain.convert("RGBA")
    alpha.putalpha(Image.linear_gradient("L").resize((48, 32)))
    write("alpha.png", encode(alpha, "PNG", optimize=True))
    write("alpha.webp", encode(alpha, "WEBP", lossless=True))
    write("lossy.webp", encode(plain, "WEBP", quality=80))
    write("palette.gif", encode(plain.convert("P", palette=Image.Palette.ADAPTIVE, colors=16), "GIF"))
    frames = [plain.rotate(angle) for angle in (0, 90, 180)]
    animation = {"save_all": True, "append_images": frames[1:], "duration": 100, "loop": 0}
    small = [frame.convert("P", palette=Image.Palette.ADAPTIVE, colors=16) for frame in frames]
    write("animated.gif", encode(small[0], "GIF", **{**animation, "append_images": small[1:]}))
    write("animated.webp", encode(frames[0], "WEBP", quality=80, **animation))

    write("1x1.png", encode(picture(1, 1), "PNG"))
    write("1x1.jpg", encode(picture(1, 1), "JPEG", quality=80))
    write("3000x1.png", encode(picture(3000, 1), "PNG", optimize=True))
    write("1x3000.jpg", encode(picture(1, 3000), "JPEG", quality=80))

    whole = encode(picture(96, 64), "JPEG", quality=90)
    write("truncated.jpg", whole[: len(whole) * 2 // 3])
    whole = encode(picture(96, 64), "PNG")
    write("truncated.png", whole[: len(whole) * 2 // 3])
    write("empty.jpg", b"")
    # 400 million pixels in some kilobytes.
    write("bomb.png", png(20_000, 20_000, 1, 0, (bytes(2_500) for _ in range(20_000))))
    # Four thousand million pixels, announced by a header with nothing behind it.
    write("bomb.gif", b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0) + bytes(6)
          + b"," + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0) + b"\x02\x02\x4c\x01\x00;")


if __name__ == "__main__":
    main()
