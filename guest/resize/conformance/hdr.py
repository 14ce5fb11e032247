"""What a picture in HDR shows on an ordinary screen, by the standards' formulas, in double precision: BT.2100's
transfers, BT.2408's white, BT.2390's curve. Nothing here is taken from the code that is judged.
"""

import io
import struct

import numpy as np
from PIL import Image

from heif import box, put_together

PQ, HLG = 16, 18
# cd/m²: diffuse white (BT.2408), and what a picture's brightest is taken to be if it does not say.
WHITE, PEAK = 203, 1000
M1, M2 = 2610 / 16384, 2523 / 4096 * 128
C1, C2, C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
# BT.2100, table 5.
A = 0.17883277
B, C = 1 - 4 * A, 0.5 - A * np.log(4 * A)
# To the primaries of sRGB: of BT.2020 (BT.2087), and of Display P3.
TO_BT_709 = {
    1: np.eye(3),
    9: np.array([[1.660491, -0.587641, -0.072850], [-0.124550, 1.132900, -0.008349], [-0.018151, -0.100579, 1.118730]]),
    12: np.array([[1.2249402, -0.2249402, 0.0], [-0.0420570, 1.0420570, 0.0], [-0.0196376, -0.0786361, 1.0982736]]),
}
# BT.2408, table 1: light that reference levels have, and their signals in PQ and HLG, in whole percent.
LEVELS = [(26, 0.38, 0.38), (162, 0.56, 0.71), (179, 0.57, 0.73), (203, 0.58, 0.75)]


def nits(stored):
    """SMPTE ST 2084."""
    power = stored ** (1 / M2)
    return 10000 * (np.maximum(power - C1, 0) / (C2 - C3 * power)) ** (1 / M1)


def pq(light):
    power = (light / 10000) ** M1
    return ((C1 + C2 * power) / (1 + C3 * power)) ** M2


def scene(stored):
    """The scene's light of HLG, 0 to 1."""
    return np.where(stored <= 0.5, stored**2 / 3, (np.exp((stored - C) / A) + B) / 12)


def hlg(light):
    return np.where(light <= 1 / 12, np.sqrt(3 * light), A * np.log(np.maximum(12 * light - B, 1e-9)) + C)


def displayed(scene):
    """cd/m² on a screen of 1000: BT.2100's system gamma is 1.2 there."""
    luminance = scene @ np.array([0.2627, 0.6780, 0.0593])
    return PEAK * luminance[..., None] ** 0.2 * scene


def compressed(light, peak):
    """ITU-R BT.2390, section 5.4."""
    if peak <= WHITE:
        return np.minimum(light, WHITE)
    most = pq(peak)
    target, value = pq(WHITE) / most, pq(light) / most
    knee = 1.5 * target - 0.5
    t = np.clip((value - knee) / (1 - knee), 0, 1)
    curve = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * target
    return np.where(value <= knee, light, nits(curve * most))


def in_srgb(rgb, transfer=PQ, primaries=9, peak=PEAK):
    """Straight RGBA, 0 to 1, of stored values, 0 to 1."""
    stored = np.asarray(rgb, dtype=np.float64)
    light = nits(stored[..., :3]) if transfer == PQ else displayed(scene(stored[..., :3]))
    most = np.maximum(light.max(axis=-1, keepdims=True), 1e-6)
    light = light * np.where(most > peak, WHITE / most, compressed(most, peak) / most) / WHITE
    light = np.clip(light @ TO_BT_709[primaries].T, 0, 1)
    value = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.dstack([value, stored[..., 3:] if stored.shape[-1] == 4 else np.ones(stored.shape[:2])])


def check():
    """Raises an error if the formulas do not give what BT.2408's table says."""
    for light, in_pq, in_hlg in LEVELS:
        grey = displayed(scene(np.full((1, 1, 3), in_hlg)))[0, 0, 0]
        if abs(pq(light) - in_pq) > 0.006 or abs(grey / light - 1) > 0.05:
            raise ValueError(f"{light} cd/m²: PQ {pq(light):.3f}, {grey:.0f} cd/m² by HLG")


def mastered(picture, transfer=PQ, primaries=9):
    """Stored values, 0 to 1, of a picture whose light goes from black to 1,600 cd/m²."""
    value = np.asarray(picture, dtype=np.float64) / 255
    light = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    light = np.clip(1600 * light**1.5 @ np.linalg.inv(TO_BT_709[primaries]).T, 0, None)
    if transfer == PQ:
        return pq(light)
    light = np.minimum(light / PEAK, 1)
    luminance = np.maximum(light @ np.array([0.2627, 0.6780, 0.0593]), 1e-9)
    return np.clip(hlg(np.clip(light * luminance[..., None] ** (1 / 1.2 - 1), 0, 1)), 0, 1)


def patches(transfer):
    """Stored values of a chart of BT.2408's levels, and of brighter ones: flat areas, in two rows, the lower
    one of red, green and blue."""
    greys = [level[1 if transfer == PQ else 2] for level in LEVELS] + [0.0, 0.2, 0.68, 0.9]
    above = np.repeat(np.array(greys)[:, None], 3, axis=1)
    below = above * np.array([[1, 0.6, 0.6], [0.6, 1, 0.6], [0.6, 0.6, 1], [1, 1, 0.6]] * 2)
    return np.repeat(np.repeat(np.stack([above, below]), 160, axis=0), 60, axis=1)


def png(samples, transfer, primaries, tools, bits=16, peak=None):
    """(file, what it shows)."""
    whole = np.round(samples * ((1 << bits) - 1)).astype(">u2" if bits == 16 else np.uint8)
    channels = whole.shape[2] if whole.ndim == 3 else 1
    chunk = tools["chunk"]
    extra = chunk(b"cICP", bytes([primaries, transfer, 0, 1]))
    if peak:
        extra += chunk(b"cLLI", struct.pack(">II", peak * 10_000, peak * 1_000))
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    body = tools["png"](whole.shape[1], whole.shape[0], kind, bits, [row.tobytes() for row in whole], extra)
    shown = whole / ((1 << bits) - 1)
    shown = np.dstack([shown] * 3) if channels == 1 else shown
    return body, in_srgb(shown, transfer, primaries, peak or PEAK)


def pngs(picture, opacity, tools):
    """(name, file, what it shows)."""
    for name, transfer in (("PQ", PQ), ("HLG", HLG)):
        samples = mastered(picture, transfer)
        yield f"{name}, 16 bits", *png(samples, transfer, 9, tools)
        yield f"{name}, 8 bits", *png(samples, transfer, 9, tools, bits=8)
        yield f"{name}, levels of BT.2408", *png(patches(transfer), transfer, 9, tools)
    yield "PQ, Display P3", *png(mastered(picture, PQ, 12), PQ, 12, tools)
    samples = mastered(picture)
    yield "PQ, opacity", *png(np.dstack([samples, opacity / 255]), PQ, 9, tools)
    yield "PQ, grey", *png(samples[..., 1], PQ, 9, tools)
    yield "PQ, of 400 cd/m² at most", *png(samples, PQ, 9, tools, peak=400)
    yield "PQ, of 4,000 cd/m² at most", *png(samples, PQ, 9, tools, peak=4000)


def apng(picture, transfer, tools):
    """A file of three frames, and what they show."""
    frames = [np.round(mastered(np.roll(picture, shift, axis=1), transfer) * 255).astype(np.uint8) for shift in (0, 60, 120)]
    out = io.BytesIO()
    first, *others = map(Image.fromarray, frames)
    first.save(out, "PNG", save_all=True, append_images=others, duration=80)
    at = 8 + 25
    body = out.getvalue()
    body = body[:at] + tools["chunk"](b"cICP", bytes([9, transfer, 0, 1])) + body[at:]
    return body, [in_srgb(frame / 255, transfer) for frame in frames]


def coded(coding, code, decode, picture):
    """(name, file, what it shows) of AVIF or HEIC: `code(samples, bits, sampling, primaries, transfer)`."""
    for name, transfer, primaries, bits, sampling, peak in [
        ("PQ", PQ, 9, 10, "444", None),
        ("PQ, 4:2:0", PQ, 9, 10, "420", None),
        ("PQ, 12 bits", PQ, 9, 12, "444", None),
        ("PQ, Display P3", PQ, 12, 10, "444", None),
        ("PQ, of 400 cd/m² at most", PQ, 9, 10, "444", 400),
        ("HLG", HLG, 9, 10, "444", None),
        ("HLG, 4:2:0", HLG, 9, 10, "420", None),
    ]:
        body = code(mastered(picture, transfer, primaries), bits, sampling, primaries, transfer)
        shown = in_srgb(decode(body), transfer, primaries, peak or PEAK)
        if peak:
            light = box(b"clli", struct.pack(">HH", peak, peak // 2))
            body = put_together(coding, [body], picture.size, picture.size, 1, extra=[light])
        yield name, body, shown
