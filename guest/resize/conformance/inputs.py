"""The kinds of files that people upload, each made of one photograph.

`make(folder)` writes them and returns a list of `Case`s. What a file shows is told by Pillow
(libjpeg, libpng, libtiff, littleCMS) or, where it cannot read a kind, by the pixels it was made of.
"""

import io
import json
import struct
import subprocess
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image, ImageCms, ImageOps

import avif
import hdr
import heic
import rare
from heif import AVIF, HEIC

ROOT = Path(__file__).resolve().parents[3]
COMPONENTS = ROOT / "target/wasm32-wasip2/guest"
RESIZE_HEIF = COMPONENTS / "resize_heif.wasm"
SRGB = ImageCms.createProfile("sRGB")
# How far from the standards' formulas HDR may be, in the mean of CIEDE2000.
TONE = 0.5


@dataclass
class Case:
    name: str
    path: Path
    # Straight RGBA, 0 to 1, in sRGB, upright; None where an error is right.
    truth: np.ndarray | None
    # Where we differ from sharp on purpose, and why.
    purpose: str = ""
    # The error's code, and a word of its message.
    error: tuple[str, str] | None = None
    # The component that reads it.
    component: str = "resize"
    # The most that its colours may differ from the truth, if less than of other kinds: mean CIEDE2000.
    near: float = float("inf")


def master(size=(480, 320)):
    with Image.open(ROOT / "examples/photos/coffee.jpg") as picture:
        return picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def array(picture):
    """Straight RGBA, 0 to 1."""
    return np.asarray(picture.convert("RGBA"), dtype=np.float64) / 255


def icc(colorants, gamma, white=(0.9642, 1.0, 0.8249)):
    """An ICC profile of three primaries (XYZ, adapted to D50) and a gamma; of grey without primaries."""

    def s15(value):
        return struct.pack(">i", round(value * 65536))

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    text = b"made here\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + b"\0" * 78,
        b"cprt": b"text\0\0\0\0" + text,
        b"wtpt": b"XYZ \0\0\0\0" + b"".join(map(s15, white)),
    }
    if colorants:
        for name, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), colorants):
            tags[name] = b"XYZ \0\0\0\0" + b"".join(map(s15, xyz))
        tags.update({name: curve for name in (b"rTRC", b"gTRC", b"bTRC")})
    else:
        tags[b"kTRC"] = curve
    table, body, at = b"", b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        table += name + struct.pack(">II", at, len(data))
        body += data
        at += len(data)
    header = struct.pack(">I4sI4s4s4s", at, b"none", 0x02400000, b"mntr", b"RGB " if colorants else b"GRAY", b"XYZ ")
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28
    header += b"".join(map(s15, (0.9642, 1.0, 0.8249)))
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


ADOBE = icc([(0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)], 2.19921875)
PROPHOTO = icc([(0.79767, 0.28804, 0.0), (0.13519, 0.71188, 0.0), (0.03134, 0.00009, 0.82491)], 1.8)
P3 = icc([(0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)], 2.2)
GREY = icc(None, 1.8)


def in_srgb(picture, profile):
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    return ImageCms.profileToProfile(picture, source, SRGB, outputMode="RGB")


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width, height, kind, depth, rows, extra=b""):
    """A PNG of rows that are packed already."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows)))
    return b"\x89PNG\r\n\x1a\n" + head + extra + data + chunk(b"IEND", b"")


def exif(orientation):
    return b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0" + bytes([orientation, 0, 0, 0, 0, 0, 0, 0])


def sharp_make(jobs):
    """Files that Pillow does not write: by sharp."""
    script = Path(__file__).with_name("sharp.mjs")
    subprocess.run(["node", script], input=json.dumps(jobs), text=True, check=True, cwd=ROOT / ".tools/sharp")


def make(folder):
    folder.mkdir(parents=True, exist_ok=True)
    cases = []
    picture = master()
    rgb = np.asarray(picture)
    grey = picture.convert("L")
    y, x = np.mgrid[0:320, 0:480]
    opacity = np.clip(255 - np.hypot(x - 240, y - 160) * 1.2, 0, 255).astype(np.uint8)
    clear = np.dstack([rgb, opacity])
    clear[opacity == 0] = 0

    def add(name, body, truth, **more):
        path = folder / name.replace(" ", "-").replace(":", "").replace("/", "-")
        path.write_bytes(body)
        cases.append(Case(name, path, truth, **more))
        return path

    def saved(image, form, **options):
        out = io.BytesIO()
        image.save(out, form, **options)
        return out.getvalue()

    def read(body):
        with Image.open(io.BytesIO(body)) as image:
            image = ImageOps.exif_transpose(image)
            return array(image.convert("RGBA"))

    # JPEG
    for sampling in ("4:4:4", "4:2:2", "4:2:0", "4:1:1"):
        body = saved(picture, "JPEG", quality=92, subsampling=sampling)
        add(f"JPEG {sampling}", body, read(body))
    plain = saved(picture, "JPEG", quality=92)
    for name, image, options in [
        ("progressive", picture, {"progressive": True}),
        ("grey", grey, {}),
        ("restart markers", picture, {"restart_marker_blocks": 3}),
        ("odd size 4:2:0", master((473, 311)), {}),
    ]:
        body = saved(image, "JPEG", quality=92, **options)
        add(f"JPEG {name}", body, read(body))
    add("JPEG trailing garbage", plain + b"\0garbage" * 500, read(plain))
    add("JPEG without its end", plain[:-2], read(plain))
    map_ = saved(grey.resize((120, 80)), "JPEG")
    add("JPEG with a gain map behind it", plain + map_, read(plain))
    at = plain.index(b"\xff\xc0")
    add("JPEG of 12 bits", plain[: at + 1] + b"\xc1" + plain[at + 2 : at + 4] + b"\x0c" + plain[at + 5 :], None,
        error=("unsupported-format", "8 bits"))
    half = plain[: len(plain) // 2]
    add("JPEG cut in half", half, None, error=("malformed", "cut short"))
    inks = picture.convert("CMYK")
    body = saved(inks, "JPEG", quality=95)
    multiplied = "without a profile, inks are multiplied, as Pillow and browsers do; sharp takes them for US Web Coated (SWOP)"
    add("JPEG CMYK, Adobe marker", body, read(body), purpose=multiplied)
    adobe = body.index(b"\xff\xee")
    body = body[:adobe] + body[adobe + 16 :]
    add("JPEG CMYK, no Adobe marker", body, read(body), purpose=multiplied)
    ycck = (ROOT / "guest/jpeg/tests/fixtures/ycck.jpg").read_bytes()
    add("JPEG YCCK", ycck, read(ycck), purpose=multiplied)
    for value in range(1, 9):
        turned = {1: None, 2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE",
                  6: "ROTATE_90", 7: "TRANSVERSE", 8: "ROTATE_270"}[value]
        stored = picture.transpose(Image.Transpose[turned]) if turned else picture
        body = saved(stored, "JPEG", quality=92, exif=exif(value))
        add(f"JPEG EXIF orientation {value}", body, read(body))
    body = saved(picture, "JPEG", quality=92, exif=b"Exif\0\0II*\0\xff\xff\xff\xff broken")
    add("JPEG broken EXIF", body, read(plain))
    for name, profile in [("Display P3", P3), ("Adobe RGB", ADOBE), ("ProPhoto RGB", PROPHOTO)]:
        body = saved(picture, "JPEG", quality=95, icc_profile=profile)
        with Image.open(io.BytesIO(body)) as image:
            truth = array(in_srgb(image.convert("RGB"), profile))
        add(f"JPEG {name}", body, truth)
    body = saved(grey, "JPEG", quality=95, icc_profile=GREY)
    with Image.open(io.BytesIO(body)) as image:
        truth = array(in_srgb(image, GREY))
    add("JPEG grey profile", body, truth)
    body = saved(picture, "JPEG", quality=92, icc_profile=b"nonsense" * 30)
    add("JPEG broken profile", body, read(plain))
    swop = folder / "JPEG-CMYK-with-its-profile"
    made = [{"in": str(cases[0].path), "out": str(swop), "cmyk": True}]
    interlaced = folder / "PNG-interlaced"
    (folder / "master.png").write_bytes(saved(picture, "PNG"))
    made.append({"in": str(folder / "master.png"), "out": str(interlaced), "interlaced": True})
    sharp_make(made)
    with Image.open(swop) as image:
        inks_profile = image.info["icc_profile"]

        def inks_in_srgb(image):
            source = ImageCms.ImageCmsProfile(io.BytesIO(inks_profile))
            # Relative, black stays black: what Photoshop does unless told otherwise.
            how = {"renderingIntent": 1, "flags": ImageCms.Flags.BLACKPOINTCOMPENSATION}
            return array(ImageCms.profileToProfile(image, source, SRGB, outputMode="RGB", **how))

        cases.append(Case("JPEG CMYK with its profile", swop, inks_in_srgb(image)))

    # PNG
    cases.append(Case("PNG interlaced", interlaced, array(picture)))
    g = np.asarray(grey)
    for depth in (1, 2, 4):
        values = (g >> (8 - depth)).astype(np.uint8)
        bits = np.unpackbits(values[:, :, None], axis=2)[:, :, 8 - depth :].reshape(320, -1)
        rows = [row.tobytes() for row in np.packbits(bits, axis=1)]
        shown = Image.fromarray((values.astype(int) * 255 // ((1 << depth) - 1)).astype(np.uint8))
        add(f"PNG grey {depth}", png(480, 320, 0, depth, rows), array(shown))
        colours = np.random.default_rng(depth).integers(0, 256, (1 << depth, 3), dtype=np.uint8)
        add(f"PNG palette {depth}", png(480, 320, 3, depth, rows, chunk(b"PLTE", colours.tobytes())),
            array(Image.fromarray(colours[values])))
    deep = rgb.astype(np.uint16) * 257
    for name, kind, data, truth in [
        ("grey 8", 0, g, array(grey)),
        ("grey 16", 0, (g.astype(np.uint16) * 257).astype(">u2"), array(grey)),
        ("grey alpha 8", 4, np.dstack([g, opacity]), array(Image.fromarray(np.dstack([g, g, g, opacity])))),
        ("grey alpha 16", 4, np.dstack([g.astype(np.uint16) * 257, opacity.astype(np.uint16) * 257]).astype(">u2"),
         array(Image.fromarray(np.dstack([g, g, g, opacity])))),
        ("RGB 8", 2, rgb, array(picture)),
        ("RGB 16", 2, deep.astype(">u2"), array(picture)),
        ("RGBA 8", 6, clear, array(Image.fromarray(clear))),
        ("RGBA 16", 6, (clear.astype(np.uint16) * 257).astype(">u2"), array(Image.fromarray(clear))),
    ]:
        depth = 16 if data.dtype != np.uint8 else 8
        add(f"PNG {name}", png(480, 320, kind, depth, [row.tobytes() for row in data]), truth)
    few = picture.quantize(200)
    add("PNG palette 8", saved(few, "PNG"), array(few))
    few.info.pop("transparency", None)
    body = saved(few, "PNG", transparency=bytes(range(0, 200)))
    add("PNG palette with opacity", body, read(body))
    body = saved(picture, "PNG", icc_profile=P3)
    add("PNG Display P3", body, array(in_srgb(picture, P3)))
    body = saved(picture.transpose(Image.Transpose.ROTATE_90), "PNG", exif=exif(6))
    add("PNG EXIF orientation 6", body, read(body))
    frames = [Image.fromarray(np.roll(clear, shift, axis=1)) for shift in (0, 60, 120)]
    body = saved(frames[0], "PNG", save_all=True, append_images=frames[1:], duration=80)
    add("APNG, first frame", body, array(frames[0]))

    # WebP
    body = saved(picture, "WEBP", quality=90)
    add("WebP lossy", body, read(body))
    add("WebP lossless", saved(picture, "WEBP", lossless=True), array(picture))
    body = saved(Image.fromarray(clear), "WEBP", quality=90)
    add("WebP lossy with opacity", body, read(body))
    body = saved(Image.fromarray(clear), "WEBP", lossless=True, exact=True)
    add("WebP lossless with opacity", body, read(body))
    body = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=80, lossless=True)
    add("WebP animated, first frame", body, read(body))
    body = saved(picture, "WEBP", lossless=True, icc_profile=P3)
    add("WebP Display P3", body, array(in_srgb(picture, P3)))

    # GIF
    body = saved(picture.quantize(256), "GIF")
    add("GIF", body, read(body))
    body = saved(picture.quantize(3), "GIF")
    add("GIF of three colours", body, read(body))
    hole = Image.fromarray(clear).quantize(64)
    body = saved(hole, "GIF", transparency=hole.getpixel((0, 0)))
    add("GIF with a hole", body, read(body))
    body = saved(picture, "GIF", save_all=True, append_images=[picture.transpose(Image.Transpose.ROTATE_180)], disposal=2)
    add("GIF animated, first frame", body, read(body))

    # TIFF
    for name, image, options in [
        ("plain", picture, {}),
        ("LZW", picture, {"compression": "tiff_lzw"}),
        ("Deflate", picture, {"compression": "tiff_adobe_deflate"}),
        ("PackBits", picture, {"compression": "packbits"}),
        ("grey", grey, {}),
        ("RGBA", Image.fromarray(clear), {}),
        ("one bit, Group 4", picture.convert("1"), {"compression": "group4"}),
        ("palette", picture.quantize(200), {}),
        ("JPEG", picture, {"compression": "jpeg", "quality": 92}),
    ]:
        body = saved(image, "TIFF", **options)
        add(f"TIFF {name}", body, read(body))
    body = saved(picture.transpose(Image.Transpose.ROTATE_90), "TIFF", tiffinfo={274: 6})
    add("TIFF orientation 6", body, array(picture))
    out = io.BytesIO()
    tifffile.imwrite(out, deep, photometric="rgb", tile=(64, 64), compression="zlib", predictor=True)
    add("TIFF 16 bits, tiles", out.getvalue(), array(picture))
    body = saved(inks, "TIFF")
    add("TIFF CMYK", body, read(body), purpose=multiplied)

    # BMP
    for name, image in [("24", picture), ("8", picture.quantize(200)), ("1", picture.convert("1")), ("32", Image.fromarray(clear))]:
        body = saved(image, "BMP")
        add(f"BMP {name}", body, read(body), purpose="sharp reads no BMP")

    # Rare kinds of all of these
    tools = {"saved": saved, "read": read, "in_srgb": in_srgb, "png": png, "chunk": chunk, "p3": P3,
             "grey": GREY, "inks": inks_profile, "inks_in_srgb": inks_in_srgb}
    for name, body, truth, purpose in rare.kinds(picture, opacity, tools):
        add(name, body, truth, purpose=purpose)

    # HDR in PNG
    sharps = "sharp takes HDR for sRGB"
    hdr.check()
    for name, body, truth in hdr.pngs(picture, opacity, tools):
        add(f"PNG HDR, {name}", body, truth, purpose=sharps, near=TONE)
    for name, transfer in (("PQ", hdr.PQ), ("HLG", hdr.HLG)):
        body, frames = hdr.apng(picture, transfer, tools)
        add(f"APNG HDR, {name}, first frame", body, frames[0], purpose=sharps, near=TONE)

    # AVIF
    purposes = {
        "Display P3 by code points": "sharp takes the colours for sRGB's",
        "BT.2020 by code points": "sharp takes the colours for sRGB's",
    }
    by_avif = {"component": "resize_avif"}
    for name, body, truth in avif.kinds(picture):
        add(f"AVIF {name}", body, truth, purpose=purposes.get(name, ""), **by_avif)
    for value in range(1, 9):
        body = avif.turned(picture, value, exif)
        add(f"AVIF turned as EXIF orientation {value}", body, array(picture), **by_avif)
    body = avif.saved(picture, icc_profile=P3)
    add("AVIF Display P3", body, array(in_srgb(Image.fromarray(np.uint8(avif.decoded(body)[..., :3] * 255 + 0.5)), P3)), **by_avif)
    for name, body, truth in hdr.coded(AVIF, avif.in_hdr, avif.decoded, picture):
        add(f"AVIF HDR, {name}", body, truth, purpose=sharps, near=TONE, **by_avif)
    plain = avif.saved(picture)
    add("AVIF cut in half", plain[: len(plain) // 2], None, error=("malformed", "cut short"), **by_avif)

    # HEIC
    by_heif = {"component": "resize_heif"}
    no_heic = "sharp's own build reads no HEIC"
    for name, body, truth in heic.kinds(picture) + heic.grids(picture):
        add(f"HEIC {name}", body, truth, purpose=no_heic, **by_heif)
    for value in range(1, 9):
        body = heic.turned(picture, value, exif)
        add(f"HEIC turned as EXIF orientation {value}", body, array(picture), purpose=no_heic, **by_heif)
    body = heic.saved(picture, icc_profile=P3)
    add("HEIC Display P3", body, array(in_srgb(Image.fromarray(np.uint8(heic.decoded(body)[..., :3] * 255 + 0.5)), P3)), purpose=no_heic, **by_heif)
    for name, body, truth in hdr.coded(HEIC, heic.in_hdr, heic.decoded, picture):
        add(f"HEIC HDR, {name}", body, truth, purpose=no_heic, near=TONE, **by_heif)
    add("HEIC overlay", heic.overlay(picture), None, error=("unsupported-format", "iovl"), **by_heif)
    plain = heic.saved(picture)
    add("HEIC cut in half", plain[: len(plain) // 2], None, error=("malformed", "cut short"), **by_heif)

    # What is not read
    for name, head, word in [
        ("HEIC without resize-heif", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "resize-heif"),
        ("AVIF without resize-avif", b"\0\0\0\x1cftypavif\0\0\0\0mif1avif", "resize-avif"),
        ("SVG", b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        ("camera's raw", b"II*\0\x10\0\0\0CR\x02\0" + bytes(64), "export JPEG"),
    ]:
        add(name, head, None, error=("unsupported-format", word))
    return cases
