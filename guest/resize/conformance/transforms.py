"""Whether `watermark` and `placeholder` read what `resize` reads: they are given the same files.

A mark that is transparent leaves a picture as it is, so `watermark` has to make what `resize` makes at the
picture's own size. `placeholder` has to give the picture's size, its mean colour (the first term of its
BlurHash), and a preview that is close to the reference.
"""

import base64
import io
import json

import numpy as np
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

import inputs
import measure

# Of 255, in any sample.
MARKED = 2
# CIEDE2000 of the mean colour, and its mean over a preview.
MEAN, PREVIEW = 1.0, 3.0
SIDE = 100
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
NAMES = ("watermark", "placeholder")


def clear_mark():
    out = io.BytesIO()
    Image.new("RGBA", (3, 3)).save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def check(cases, render, folder):
    """Rows of the table, and how many are wrong. `render` makes results, file by file."""
    own = {"renditions": [{"name": "r", "width": 65_535, "height": 65_535, "fit": "inside", "without_enlargement": True, "format": "png"}]}
    plain = render(cases, folder / "plain", own)
    marked = render(cases, folder / "watermark", {"overlay": clear_mark(), "format": "png"}, "watermark")
    held = render(cases, folder / "placeholder", {"hash": "blurhash", "size": SIDE, "format": "png"}, "placeholder")
    rows, wrong = [], 0
    for case, *results in zip(cases, plain, marked, held):
        cells, faults = compare(case, *results)
        wrong += bool(faults)
        rows.append([case.name, *cells, "WRONG: " + ", ".join(faults) if faults else "right"])
    return rows, wrong


def compare(case, plain, marked, held):
    results = (marked, held)
    if case.error or case.component != "resize":
        # Neither reads AVIF or HEIC.
        code = case.error[0] if case.component == "resize" else "unsupported-format"
        codes = [result.get("error", {}).get("code", "rendered") for result in results]
        return [f"`{code}`"] * 2, [f"{name}: {got}" for name, got in zip(NAMES, codes) if got != code]
    failed = [f"{name}: {result['error']['message']}" for name, result in zip(("resize", *NAMES), (plain, *results)) if "error" in result]
    if failed:
        return ["–", "–"], failed
    faults = []
    most = difference(*(Image.open(result["renditions"][0]["path"]) for result in (plain, marked)))
    if most > MARKED:
        faults.append("`watermark` differs from `resize`")
    files = {made["name"]: made["path"] for made in held["renditions"]}
    with open(files["placeholder"]) as file:
        facts = json.load(file)
    height, width = case.truth.shape[:2]
    if (facts["width"], facts["height"]) != (width, height):
        faults.append(f"`placeholder`: {facts['width']}×{facts['height']}")
    if facts["has_alpha"] != bool((case.truth[..., 3] < 254.5 / 255).any()):
        faults.append(f"`placeholder`: opacity {facts['has_alpha']}")
    preview = measure.load(files["preview"])
    # Small pictures of fine patterns depend on whether light is averaged, or what is stored.
    references = [measure.resize(case.truth, *preview.shape[1::-1], light=way) for way in (True, False)]
    mean = min(apart(first_term(facts["blurhash"]), mean_colour(one)) for one in references)
    near = min(measure.colour_error(preview, one) for one in references)
    if mean > MEAN:
        faults.append("mean colour")
    if near > PREVIEW:
        faults.append("preview")
    return [str(most), f"{mean:.2f}, {near:.2f}"], faults


def difference(one, other):
    """The largest one, of 255; what is fully transparent has no colour."""
    if one.size != other.size:
        return 255
    one, other = (np.asarray(image.convert("RGBA"), dtype=int) for image in (one, other))
    colours = np.abs(one - other)[..., :3] * (one[..., 3:] > 0)
    return int(max(colours.max(), np.abs(one - other)[..., 3].max()))


def first_term(hash):
    number = 0
    for digit in hash[2:6]:
        number = number * 83 + DIGITS.index(digit)
    return np.array([number >> 16, number >> 8 & 255, number & 255]) / 255


def mean_colour(rgba):
    """On white, of light."""
    light = measure.to_light(rgba[..., :3]) * rgba[..., 3:] + 1 - rgba[..., 3:]
    return measure.from_light(light.mean(axis=(0, 1)))


def apart(one, other):
    return float(deltaE_ciede2000(rgb2lab(one), rgb2lab(other)))
