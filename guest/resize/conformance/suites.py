"""Public suites of pictures that packages ship: PngSuite (in pypng's source), Pillow's own test
pictures (in its source) and scikit-image's data. Each is rendered by `resize-heif`, which reads the
most, and compared with what Pillow makes of it.

Right: the same picture. Error: refused, with an error that is the file's or the limits' fault.
Wrong: another picture, or any other error.
"""

import collections
import io
import json
import subprocess
import sys
import tarfile
import warnings
from pathlib import Path

import numpy as np
import skimage
from PIL import Image, ImageCms, ImageOps

import inputs
import measure
from mutate import TYPED

ROOT = inputs.ROOT
SOURCES = ROOT / ".tools/suites"
WIDTH = 64
ENDINGS = {".png", ".apng", ".jpg", ".jpeg", ".gif", ".webp", ".tif", ".tiff", ".bmp", ".dib", ".avif", ".jp2", ".ico", ".psd", ".svg", ".heic"}
# How far from Pillow's a right picture may be: mean CIEDE2000, of the better of two ways to resize.
NEAR = 5.0
# Where Pillow is not the one to ask, by what the file's name ends with or begins with, and why.
APART = {
    "I16": "Pillow clips 16-bit grey",
    "app13.jpg": "four pixels, enlarged: what is between them is a matter of taste",
    "badrle.bmp": "broken on purpose: Pillow loses its place, ours goes on in the next row",
    "basn0g16.png": "Pillow clips 16-bit grey",
    "i_trns.png": "Pillow clips 16-bit grey; sharp makes the same picture as ours, within 1 of 255",
    "rgb32bf-abgr.bmp": "opacity is 0 everywhere, which browsers and ours take for none",
    "tbbn1g04.png": "Pillow takes a 4-bit hole for an 8-bit one; sharp makes the same picture as ours, to the byte",
    "xmp_tags_orientation": "orientation in XMP alone, which cameras do not write and sharp does not read either",
}


def files(folder):
    """The suites: {name: paths}."""
    suites = {"PngSuite": [], "Pillow": []}
    pypng = next(SOURCES.glob("pypng-*.tar.gz"))
    with tarfile.open(pypng) as archive:
        code = {}
        member = next(m for m in archive.getmembers() if m.name.endswith("code/pngsuite.py"))
        exec(compile(archive.extractfile(member).read(), "pngsuite.py", "exec"), code)
        for name, body in sorted(code["png"].items()):
            path = folder / "pngsuite" / f"{name}.png"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(body if isinstance(body, bytes) else body.getvalue())
            suites["PngSuite"].append(path)
    pillow = next(SOURCES.glob("pillow-*.tar.gz"))
    with tarfile.open(pillow) as archive:
        for member in archive.getmembers():
            inside = "/Tests/images/" in member.name and member.isfile()
            if inside and Path(member.name).suffix.lower() in ENDINGS and member.size < 4_000_000:
                path = folder / "pillow" / member.name.split("/Tests/images/")[1].replace("/", "_")
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(archive.extractfile(member).read())
                suites["Pillow"].append(path)
    data = Path(skimage.__file__).parent / "data"
    suites["scikit-image"] = sorted(p for p in data.iterdir() if p.suffix.lower() in ENDINGS)
    return suites


def from_gamma(rgba, told):
    """In sRGB, of a PNG that tells its gamma, at which Pillow does not look."""
    gamma = told.get("gamma")
    if not gamma or "icc_profile" in told or "srgb" in told or abs(gamma - 0.45455) < 0.01:
        return rgba
    return np.dstack([measure.from_light(rgba[..., :3] ** (1 / gamma)), rgba[..., 3:]])


def shown(path):
    """What Pillow makes of a file: straight RGBA in sRGB, upright; None if it cannot read it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                image.load()
                icc = image.info.get("icc_profile")
                image = ImageOps.exif_transpose(image)
                if image.mode.startswith(("I", "F")):
                    values = np.asarray(image, dtype=np.float64)
                    grey = np.clip(values / (65535 if image.mode != "F" else 1), 0, 1)
                    return from_gamma(np.dstack([grey, grey, grey, np.ones_like(grey)]), image.info)
                if icc and image.mode in ("RGB", "RGBA", "L", "CMYK"):
                    try:
                        source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
                        how = {"renderingIntent": 1, "flags": ImageCms.Flags.BLACKPOINTCOMPENSATION}
                        flat = image.convert("RGB") if image.mode == "RGBA" else image
                        flat = ImageCms.profileToProfile(flat, source, inputs.SRGB, outputMode="RGB", **how)
                        if image.mode == "RGBA":
                            flat.putalpha(image.getchannel("A"))
                        image = flat
                    except ImageCms.PyCMSError:
                        pass
                rgba = np.asarray(image.convert("RGBA"), dtype=np.float64) / 255
                return from_gamma(rgba, image.info)
    except Exception:
        return None


def judge(path, line):
    """right, error, wrong, or alone (rendered, and Pillow cannot read it); and why."""
    if "error" in line:
        code = line["error"]["code"]
        return ("error" if code in TYPED else "wrong"), f"{code}: {line['error']['message']}"
    truth = shown(path)
    if truth is None:
        return "alone", ""
    for part, why in APART.items():
        if part in path.name:
            return "alone", why
    made = line["renditions"][0]
    size = (WIDTH, max(1, int(truth.shape[0] * WIDTH / truth.shape[1] + 0.5)))
    if (made["width"], made["height"]) != size:
        return "wrong", f"{made['width']}×{made['height']} instead of {size[0]}×{size[1]}"
    own = measure.load(made["path"])
    error = min(measure.colour_error(own, measure.resize(truth, *size, light=light)) for light in (True, False))
    return ("right" if error <= NEAR else "wrong"), f"colour error {error:.1f}"


def check(folder):
    """Rows of the table, and how many pictures are wrong."""
    rows, wrong = [], 0
    for suite, paths in files(folder).items():
        parameters = {"renditions": [{"name": "r", "width": WIDTH, "format": "png", "without_enlargement": False}]}
        command = [ROOT / "target/debug/obscura", "render", "--json", "--component", inputs.RESIZE_HEIF]
        command += ["--out", folder / f"{suite}-out", "--params", json.dumps(parameters), *paths]
        lines = subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
        counts = collections.Counter()
        for path, line in zip(paths, lines):
            verdict, why = judge(path, json.loads(line))
            counts[verdict] += 1
            if verdict == "wrong" or "-v" in sys.argv:
                print(f"{suite}: {path.name}: {verdict}: {why}", flush=True)
        counts["wrong"] += len(paths) - len(lines)
        wrong += counts["wrong"]
        rows.append([suite, str(len(paths)), *(str(counts[v]) for v in ("right", "error", "alone", "wrong"))])
    return rows, wrong


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        rows, wrong = check(Path(folder))
    for row in rows:
        print("%s: %s pictures, %s right, %s refused with a typed error, %s that Pillow cannot tell, %s wrong" % tuple(row))
    sys.exit(1 if wrong else 0)
