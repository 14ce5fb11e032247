"""Damaged files over every decoder, through the sandbox.

    python mutate.py [COUNT [SEED]]    # 200,000 if not told; writes what failed to .tools/mutants

A fifth of the files are AVIF, and a fifth HEIC, for the component `resize-heif`. With `heic` after SEED,
all are HEIC.

Every outcome has to be a picture or an error that says whose fault it is: `malformed`,
`unsupported-format` or `limit-exceeded`. A trap, a time-out or a host that fails is a defect.
"""

import collections
import io
import json
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import avif
import hdr
import heic
import inputs
from PIL import Image

ROOT = inputs.ROOT
HEIF = ["--component", inputs.RESIZE_HEIF]
TYPED = {"malformed", "unsupported-format", "limit-exceeded"}
BATCH = 1000
PARAMETERS = {
    "renditions": [
        {"name": "still", "width": 16, "format": "jpeg"},
        {"name": "moving", "width": 16, "format": "webp", "animation": "keep"},
        {"name": "exact", "width": 24, "format": "webp", "lossless": True},
        {"name": "deep", "width": 12, "format": "png", "depth": 16, "linear": True, "metadata": "credit"},
    ]
}


XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator><rdf:Seq><rdf:li>Ann</rdf:li>'
    b"</rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>"
)


def seeds():
    """Small files of every kind."""
    picture = inputs.master((48, 36))
    alpha = picture.convert("RGBA")
    alpha.putalpha(picture.convert("L"))
    files = []

    def add(image, form, **options):
        out = io.BytesIO()
        image.save(out, form, **options)
        files.append(out.getvalue())

    profile = {"icc_profile": inputs.P3}
    for options in ({}, {"progressive": True}, {"subsampling": "4:4:4", "optimize": True}, {"restart_marker_blocks": 2},
                    {"exif": inputs.exif(6), **profile}, {"xmp": XMP}):
        add(picture, "JPEG", **options)
    add(picture.convert("L"), "JPEG")
    add(picture.convert("CMYK"), "JPEG")
    more = [alpha.transpose(Image.Transpose.ROTATE_180), alpha.transpose(Image.Transpose.FLIP_TOP_BOTTOM)]
    for image in (picture, alpha, picture.convert("L"), picture.convert("1"), picture.quantize(20), alpha.convert("LA")):
        add(image, "PNG")
    add(picture, "PNG", exif=inputs.exif(3), **profile)
    add(alpha, "PNG", save_all=True, append_images=more, duration=50)
    deep = [row.tobytes() for row in (inputs.np.asarray(alpha).astype(">u2") * 257)]
    files.append(inputs.png(48, 36, 6, 16, deep))
    for options in ({"quality": 60}, {"lossless": True}, {"quality": 60, **profile}):
        add(picture, "WEBP", **options)
    add(alpha, "WEBP", quality=50)
    add(alpha, "WEBP", lossless=True)
    add(alpha, "WEBP", save_all=True, append_images=more, duration=50)
    add(picture.quantize(30), "GIF")
    add(picture, "GIF", save_all=True, append_images=[m.convert("RGB") for m in more], disposal=2)
    add(alpha, "GIF", save_all=True, append_images=more, disposal=3)
    for options in ({}, {"compression": "tiff_lzw"}, {"compression": "tiff_adobe_deflate"}, {"compression": "packbits"},
                    {"compression": "jpeg"}):
        add(picture, "TIFF", **options)
    add(picture.convert("1"), "TIFF", compression="group4")
    add(picture.convert("CMYK"), "TIFF")
    add(picture.quantize(20), "TIFF")
    for image in (picture, picture.quantize(20), picture.convert("1"), alpha):
        add(image, "BMP")
    tools = {"chunk": inputs.chunk, "png": inputs.png}
    files += [hdr.apng(picture, transfer, tools)[0] for transfer in (hdr.PQ, hdr.HLG)]
    files += [body for _, body, _ in hdr.pngs(picture, inputs.np.asarray(alpha)[..., 3], tools)]
    return files + our_webps((picture, alpha, picture.quantize(12), picture.quantize(200), inputs.master((300, 200))))


def our_webps(pictures):
    """Lossless WebP by our own encoder, at the pictures' own sizes."""
    ask = {"renditions": [{"name": "r", "width": 300, "format": "webp", "lossless": True}]}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        paths = [folder / f"{number}.png" for number in range(len(pictures))]
        for path, picture in zip(paths, pictures):
            picture.save(path)
        command = [ROOT / "target/debug/obscura", "render", "--json", "--out", folder / "out", "--params", json.dumps(ask), *paths]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return [Path(json.loads(line)["renditions"][0]["path"]).read_bytes() for line in done.stdout.splitlines()]


def mutated(dice, files):
    """One of the files, damaged in one to six ways."""
    body = bytearray(dice.choice(files))
    if b"ftyp" in body[:12] and dice.random() < 0.6:
        return in_pixels(dice, body)
    for _ in range(dice.choice((1, 1, 1, 2, 3, 6))):
        if len(body) < 8:
            break
        # Headers are short, and most of what can go wrong is in them.
        at = dice.randrange(min(len(body), dice.choice((64, 256, 1 << 20))))
        match dice.randrange(9):
            case 0:
                body[at] ^= 1 << dice.randrange(8)
            case 1:
                body[at] = dice.choice((0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)))
            case 2:
                body[at : at + 4] = struct.pack(dice.choice("<>") + "I", dice.choice((0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFF, 48 * 36)))
            case 3:
                body[at : at + 2] = struct.pack(dice.choice("<>") + "H", dice.choice((0, 1, 0x7FFF, 0x8000, 0xFFFF)))
            case 4:
                del body[at:]
            case 5:
                del body[at : at + dice.randrange(1, 40)]
            case 6:
                piece = body[at : at + dice.randrange(1, 60)]
                body[at:at] = piece
            case 7:
                other = dice.choice(files)
                start = dice.randrange(len(other))
                body[at : at + 20] = other[start : start + dice.randrange(1, 200)]
            case 8:
                body[at : at + 8] = dice.randbytes(8)
    if body[:4] == b"\x89PNG" and dice.random() < 0.7:
        body = checked(body)
    return bytes(body)


def in_pixels(dice, body):
    """An AVIF or HEIC whose container stays whole, or few streams would ever be decoded."""
    start = body.rindex(b"mdat") + 4
    for _ in range(dice.choice((1, 1, 2, 4, 16))):
        # The headers of a stream are its first bytes.
        at = start + dice.randrange(min(len(body) - start, dice.choice((24, 200, 1 << 20))))
        body[at] = dice.choice((body[at] ^ 1 << dice.randrange(8), 0, 0xFF, dice.randrange(256)))
    return bytes(body)


def checked(body):
    """A PNG with its checksums made right, or nothing behind them would ever be reached."""
    at = 8
    while at + 12 <= len(body):
        length = struct.unpack(">I", body[at : at + 4])[0]
        end = at + 8 + length
        if end + 4 > len(body):
            break
        body[end : end + 4] = struct.pack(">I", zlib.crc32(body[at + 4 : end]))
        at = end + 4
    return body


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    dice = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    others = seeds()
    small = inputs.master((48, 36))
    avifs = [body for _, body, _ in avif.kinds(small)]
    heics = [body for _, body, _ in heic.kinds(small) + heic.grids(inputs.master((130, 100)))]
    only = sys.argv[3] if len(sys.argv) > 3 else ""
    kept = ROOT / ".tools/mutants"
    outcomes, bad, slowest = collections.Counter(), 0, 0.0
    for start in range(0, count, BATCH):
        turn = 3 if only == "heic" else start // BATCH % 5
        files, component = {3: (heics, HEIF), 4: (avifs, HEIF)}.get(turn, (others, []))
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            paths = []
            for number in range(start, min(start + BATCH, count)):
                path = folder / f"{number}"
                path.write_bytes(mutated(dice, files))
                paths.append(str(path))
            command = [ROOT / "target/debug/obscura", "render", "--json", "--max-time-s", "20", "--out", folder / "out",
                       "--params", json.dumps(PARAMETERS), *component, *paths]
            done = subprocess.run(command, capture_output=True, text=True)
            lines = [json.loads(line) for line in done.stdout.splitlines()]
            if len(lines) != len(paths):
                print(f"the host ended at {len(lines)} of {len(paths)}: {done.stderr[-500:]}")
                bad += 1
            for path, line in zip(paths, lines):
                outcome = line["error"]["code"] if "error" in line else "rendered"
                outcomes[outcome] += 1
                slowest = max(slowest, *line.get("wall_ms", [0.0]))
                if outcome != "rendered" and outcome not in TYPED:
                    bad += 1
                    kept.mkdir(parents=True, exist_ok=True)
                    shutil.copy(path, kept)
                    print(f"{Path(path).name}: {line['error']}", flush=True)
        print(f"{sum(outcomes.values())} of {count}, {bad} defects", end="\r" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)
    told = ", ".join(f"{number} {code}" for code, number in outcomes.most_common())
    print(f"{sum(outcomes.values())} mutated inputs from {len(others) + len(avifs) + len(heics)} files: {told}; the slowest took {slowest:.0f} ms; {bad} defects")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
