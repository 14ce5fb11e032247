#!/usr/bin/env python3
"""Makes the fixtures: JPEG files of every kind, and libjpeg-turbo's output for them.

    python3 -m venv venv && venv/bin/pip install simplejpeg pillow numpy
    venv/bin/python make.py            # writes ../fixtures
    venv/bin/python make.py check BIN  # compares our encoder with libjpeg; BIN is the folder of
                                       # the built examples (target/release/examples)
    venv/bin/python make.py differ BIN # compares our decoder with libjpeg on random files

Pillow and simplejpeg both bundle libjpeg-turbo. What they do not write (odd sampling factors,
separate scans, YCCK, tables that change between scans) is written by the small encoder below.
For `name.jpg` there is `name.raw`: the components at full size, interleaved, before any
conversion of colour; and for some `name.N.raw`, the same at N/8.
"""

import io
import pathlib
import struct
import subprocess
import sys

import numpy as np
import simplejpeg
from PIL import Image, ImageFile

ImageFile.MAXBLOCK = 1 << 24  # Pillow writes into one buffer where codes are optimised
OUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures"
ZIGZAG = sorted(range(64), key=lambda i: (i // 8 + i % 8, (i // 8 if (i // 8 + i % 8) % 2 else i % 8)))


def picture(width, height, channels=3, seed=1):
    """Waves, an edge and some grain, so that every frequency occurs."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(float)
    planes = []
    for c in range(channels):
        a = 128 + 60 * np.sin(x / (5 + 3 * c)) * np.cos(y / (7 - c)) + 40 * np.sin(x * y / 300)
        a += np.where(x + (c + 1) * y > (width + height) * 0.7, 50, -30)
        planes.append(a + rng.normal(0, 8, a.shape))
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


# --- a small encoder -------------------------------------------------------------------------

DCT = np.array([[np.cos((2 * x + 1) * u * np.pi / 16) * (0.5 if u else 0.5**1.5) for x in range(8)] for u in range(8)])


def huffman(lengths):
    """A canonical code for {symbol: length}: its DHT payload and {symbol: (code, length)}."""
    order = sorted(lengths, key=lambda s: (lengths[s], s))
    counts = [sum(1 for s in order if lengths[s] == n) for n in range(1, 17)]
    codes, code, last = {}, 0, 0
    for s in order:
        code <<= lengths[s] - last
        last = lengths[s]
        codes[s] = (code, last)
        code += 1
    return bytes(counts) + bytes(order), codes


DC = huffman({s: 4 for s in range(12)})
# Codes of 3 to 13 bits, so that every path of a decoder is tested.
AC = huffman({0x00: 3, 0x01: 3, 0x11: 3, 0x02: 4, 0x21: 4, 0xF0: 6, 0x03: 5, 0x12: 6}
             | {r << 4 | s: 13 for r in range(16) for s in range(1, 11) if (r << 4 | s) not in (0x01, 0x11, 0x02, 0x21, 0x03, 0x12)})


class Bits:
    def __init__(self):
        self.bits = []

    def put(self, code, n):
        self.bits += [code >> i & 1 for i in range(n - 1, -1, -1)]

    def value(self, v):
        n = abs(v).bit_length()
        return n, (v if v >= 0 else v + (1 << n) - 1)

    def end(self):
        self.bits += [1] * (-len(self.bits) % 8)
        data = bytes(int("".join(map(str, self.bits[i:i + 8])), 2) for i in range(0, len(self.bits), 8))
        self.bits = []
        return data.replace(b"\xff", b"\xff\x00")


def encode_odd(planes, size, factors, scans, *, quant=8, restart=0, adobe=None, ids=None, new_quant=False, wide=False, fill=b""):
    """`planes`: full-size components; `scans`: lists of component numbers."""
    width, height = size
    hm, vm = max(h for h, _ in factors), max(v for _, v in factors)
    ids = ids or list(range(1, len(planes) + 1))
    mcus = (-(-width // (8 * hm)), -(-height // (8 * vm)))
    tables = [np.full((8, 8), quant) + np.add.outer(np.arange(8), np.arange(8)) for _ in planes]
    out = b"\xff\xd8"
    segment = lambda m, d: fill + b"\xff" + bytes([m]) + struct.pack(">H", len(d) + 2) + d
    if adobe is not None:
        out += segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([adobe]))

    def dqt(i, t):
        flat = [int(t.flat[z]) for z in ZIGZAG]
        return segment(0xDB, bytes([i | (16 if wide else 0)]) + (struct.pack(">64H", *flat) if wide else bytes(flat)))

    if not new_quant:
        out += dqt(0, tables[0])
    frame = struct.pack(">BHHB", 8, height, width, len(planes))
    frame += b"".join(bytes([i, h << 4 | v, 0]) for i, (h, v) in zip(ids, factors))
    out += segment(0xC0, frame) + segment(0xC4, b"\x00" + DC[0] + b"\x10" + AC[0])
    if restart:
        out += segment(0xDD, struct.pack(">H", restart))
    blocks = []
    for c, (p, (h, v)) in enumerate(zip(planes, factors)):
        cw, ch = -(-width * h // hm), -(-height * v // vm)
        small = np.asarray(Image.fromarray(p).resize((cw, ch), Image.BOX)).astype(float) - 128
        small = np.pad(small, ((0, mcus[1] * v * 8 - ch), (0, mcus[0] * h * 8 - cw)), mode="edge")
        t = tables[c] + (5 * c if new_quant else 0)
        tables[c] = t
        b = small.reshape(mcus[1] * v, 8, mcus[0] * h, 8).transpose(0, 2, 1, 3)
        blocks.append((np.rint((DCT @ b @ DCT.T) / t).astype(int), -(-cw // 8), -(-ch // 8)))
    for scan in scans:
        if new_quant:
            out += dqt(0, tables[scan[0]])
        out += segment(0xDA, bytes([len(scan)]) + b"".join(bytes([ids[c], 0]) for c in scan) + b"\0\x3f\0")
        if len(scan) == 1:
            q, bw, bh = blocks[scan[0]]
            units = [[(scan[0], y, x)] for y in range(bh) for x in range(bw)]
        else:
            units = [[(c, my * factors[c][1] + y, mx * factors[c][0] + x) for c in scan
                      for y in range(factors[c][1]) for x in range(factors[c][0])]
                     for my in range(mcus[1]) for mx in range(mcus[0])]
        w, prediction = Bits(), [0] * len(planes)
        for n, unit in enumerate(units):
            if restart and n and n % restart == 0:
                out += w.end() + bytes([0xFF, 0xD0 + (n // restart - 1) % 8])
                prediction = [0] * len(planes)
            for c, y, x in unit:
                z = [int(blocks[c][0][y, x].flat[i]) for i in ZIGZAG]
                size_, extra = w.value(z[0] - prediction[c])
                prediction[c] = z[0]
                w.put(*DC[1][size_]), w.put(extra, size_)
                run = 0
                for v in z[1:]:
                    if v == 0:
                        run += 1
                        continue
                    while run > 15:
                        w.put(*AC[1][0xF0])
                        run -= 16
                    size_, extra = w.value(v)
                    w.put(*AC[1][run << 4 | size_]), w.put(extra, size_)
                    run = 0
                if run:
                    w.put(*AC[1][0])
        out += w.end()
    return out + fill + b"\xff\xd9"


# --- fixtures --------------------------------------------------------------------------------


def components(data, scale=8):
    """libjpeg-turbo's decoded samples, without conversion to RGB."""
    im = Image.open(io.BytesIO(data))
    adobe = im.info.get("adobe_transform")
    if im.mode == "RGB" and not (adobe == 0 or [c[0] for c in im.layer] == [82, 71, 66]):
        im.draft("YCbCr", (max(1, im.width * scale // 8), max(1, im.height * scale // 8)))
    elif scale != 8:
        im.draft(im.mode, (max(1, im.width * scale // 8), max(1, im.height * scale // 8)))
    a = np.asarray(im)
    # Pillow inverts four inks, and libjpeg hands YCCK out as CMYK: undone by the test.
    return 255 - a if im.mode == "CMYK" else a


def write(name, data, scales=()):
    (OUT / f"{name}.jpg").write_bytes(data)
    (OUT / f"{name}.raw").write_bytes(components(data).tobytes())
    for n in scales:
        (OUT / f"{name}.{n}.raw").write_bytes(components(data, n).tobytes())


def pillow(a, mode="RGB", **options):
    b = io.BytesIO()
    Image.fromarray(a if mode != "L" else a[..., 0], mode).save(b, "JPEG", **options)
    return b.getvalue()


def fixtures():
    OUT.mkdir(exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    a = picture(61, 43)
    for s in ("444", "422", "420", "440", "411"):
        write(f"s{s}", simplejpeg.encode_jpeg(a, quality=85, colorsubsampling=s))
    write("grey", simplejpeg.encode_jpeg(a[..., :1].copy(), quality=85, colorspace="GRAY", colorsubsampling="Gray"))
    scales = (1, 2, 4)
    for i, s in enumerate(("444", "422", "420")):
        write(f"progressive_{s}", pillow(a, quality=90, subsampling=i, progressive=True), scales if i == 2 else ())
    write("progressive_grey", pillow(a, "L", quality=75, progressive=True))
    write("progressive_q100", pillow(a, quality=100, subsampling=0, progressive=True))
    write("baseline_scaled", pillow(picture(96, 64), quality=92, subsampling=2), scales)
    write("optimized_q100", pillow(a, quality=100, subsampling=0, optimize=True))
    write("q3", pillow(a, quality=3))
    write("restart_blocks", pillow(a, quality=80, restart_marker_blocks=2))
    write("restart_rows_progressive", pillow(a, quality=80, restart_marker_rows=1, progressive=True))
    write("metadata", pillow(a, quality=70, icc_profile=bytes(range(256)) * 300, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"))
    write("cmyk", pillow(picture(40, 30, 4), "CMYK", quality=85))
    for w, h in ((1, 1), (1, 97), (97, 1), (8, 8), (16, 16), (17, 33), (3, 2), (400, 3)):
        write(f"size_{w}x{h}", pillow(picture(w, h), quality=85, subsampling=2))
        write(f"size_{w}x{h}_progressive", pillow(picture(w, h), quality=85, subsampling=1, progressive=True))
    p = [picture(61, 43, 4)[..., c].copy() for c in range(4)]
    odd = {
        "odd_3x1": ([(3, 1), (1, 1), (1, 1)], [[0, 1, 2]]),
        "odd_4x1": ([(4, 1), (1, 1), (2, 1)], [[0, 1, 2]]),
        "odd_2x3": ([(2, 3), (2, 1), (1, 1)], [[0, 1, 2]]),
        "odd_chroma_finer": ([(1, 1), (2, 2), (1, 2)], [[0, 1, 2]]),
        "odd_all_2x2": ([(2, 2), (2, 2), (2, 2)], [[0], [1], [2]]),
        "separate_scans": ([(2, 2), (1, 1), (1, 1)], [[0], [1], [2]]),
        "separate_luma": ([(2, 1), (1, 1), (1, 1)], [[0], [1, 2]]),
    }
    for name, (factors, scans) in odd.items():
        write(name, encode_odd(p[:3], (61, 43), factors, scans))
    s420 = [(2, 2), (1, 1), (1, 1)]
    write("restart_separate", encode_odd(p[:3], (61, 43), s420, [[0], [1, 2]], restart=3))
    write("restart_every_mcu", encode_odd(p[:3], (61, 43), s420, [[0, 1, 2]], restart=1))
    write("tables_between_scans", encode_odd(p[:3], (61, 43), s420, [[2], [0], [1]], new_quant=True))
    write("wide_tables_fill_bytes", encode_odd(p[:3], (61, 43), s420, [[0, 1, 2]], wide=True, fill=b"\xff\xff\xff"))
    write("rgb_adobe", encode_odd(p[:3], (61, 43), [(1, 1)] * 3, [[0, 1, 2]], adobe=0))
    write("rgb_ids", encode_odd(p[:3], (61, 43), [(1, 1)] * 3, [[0, 1, 2]], ids=[82, 71, 66]))
    write("ycck", encode_odd(p, (61, 43), [(1, 1)] * 4, [[0, 1, 2, 3]], adobe=2))
    write("cmyk_plain", encode_odd(p, (61, 43), [(1, 1)] * 4, [[0, 1, 2, 3]]))
    total = sum(f.stat().st_size for f in OUT.iterdir())
    print(f"{len(list(OUT.glob('*.jpg')))} fixtures, {total} bytes")


def check(folder):
    """Our encoder against libjpeg's: size, quality, and that libjpeg decodes it as we do."""
    psnr = lambda x, y: 10 * np.log10(255**2 / max(1e-9, ((x.astype(float) - y) ** 2).mean()))
    worst = 0
    for size in ((640, 480), (61, 43), (1, 1), (3, 200)):
        a = picture(*size)
        for s, sub in (("420", 2), ("422", 1), ("444", 0)):
            for quality in (20, 80, 95, 100):
                for progressive in (False, True):
                    args = [f"{folder}/recode", *map(str, size), "3", str(quality), s] + ["progressive"] * progressive
                    ours = subprocess.run(args, input=a.tobytes(), capture_output=True, check=True).stdout
                    theirs = pillow(a, quality=quality, subsampling=sub, optimize=True, progressive=progressive)
                    x, y = (np.asarray(Image.open(io.BytesIO(d))) for d in (ours, theirs))
                    path = OUT.parent / "check.tmp.jpg"
                    path.write_bytes(ours)
                    d = subprocess.run([f"{folder}/planes", path, "8"], capture_output=True, check=True).stdout
                    path.unlink()
                    w, h = struct.unpack_from("<II", d)
                    luma = np.frombuffer(d, np.uint8, w * h, 8).reshape(h, w)
                    worst = max(worst, int(np.abs(luma.astype(int) - components(ours)[..., 0]).max()))
                    print(f"{size} {s} q{quality} {'progressive' if progressive else 'baseline'}: "
                          f"{len(ours)} bytes, x{len(ours) / len(theirs):.3f}; "
                          f"PSNR {psnr(x, a):.2f}, libjpeg {psnr(y, a):.2f}")
    print("largest difference between our decoder and libjpeg's:", worst)
    sys.exit(worst > 1)


def differ(folder, count=400):
    """Our decoder against libjpeg's on files of random size, kind and quality."""
    rng = np.random.default_rng(7)
    path, worst = OUT.parent / "differ.tmp.jpg", 0
    for i in range(count):
        size = [int(v) for v in rng.integers(1, 150, 2)]
        options = {"quality": int(rng.integers(1, 101)), "subsampling": int(rng.integers(0, 3)),
                   "progressive": bool(rng.integers(0, 2)), "optimize": bool(rng.integers(0, 2)),
                   "restart_marker_blocks": int(rng.integers(0, 3)) * int(rng.integers(0, 9))}
        data = pillow(picture(*size, seed=i), "L" if i % 5 == 0 else "RGB", **options)
        path.write_bytes(data)
        for scale in (8, 1):
            ours = subprocess.run([f"{folder}/planes", path, str(scale)], capture_output=True, check=True).stdout
            w, h = struct.unpack_from("<II", ours)
            luma = np.frombuffer(ours, np.uint8, w * h, 8).reshape(h, w).astype(int)
            theirs = components(data, scale)
            theirs = theirs[..., 0] if theirs.ndim == 3 else theirs
            if theirs.shape == luma.shape:
                worst = max(worst, int(np.abs(luma - theirs).max()))
            elif scale == 8:
                sys.exit(f"sizes differ: {size} {options}")
    path.unlink()
    print(f"{count} files, largest difference: {worst}")
    sys.exit(worst > 1)


if __name__ == "__main__":
    command = {"check": check, "differ": differ}.get("".join(sys.argv[1:2]))
    command(sys.argv[2]) if command else fixtures()
