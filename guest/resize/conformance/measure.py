"""What is compared: a reference in float linear light, colour error, SSIMULACRA2."""

import numpy as np
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

import judge


def to_light(value):
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def from_light(light):
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def weights(source, target):
    """Lanczos3, stretched when reducing, as a matrix."""
    scale = source / target
    stretch = max(scale, 1)
    centre = (np.arange(target) + 0.5) * scale
    x = (np.arange(source) + 0.5 - centre[:, None]) / stretch
    matrix = np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0)
    return matrix / matrix.sum(axis=1, keepdims=True)


def resize(rgba, width, height, light=True):
    """Straight RGBA, 0 to 1, resized with premultiplied opacity."""
    colour = to_light(rgba[..., :3]) if light else rgba[..., :3]
    planes = np.dstack([colour * rgba[..., 3:], rgba[..., 3:]])
    down = np.tensordot(weights(rgba.shape[0], height), planes, axes=(1, 0))
    both = np.tensordot(down, weights(rgba.shape[1], width), axes=(1, 1)).transpose(0, 2, 1)
    alpha = np.clip(both[..., 3:], 0, 1)
    colour = np.divide(both[..., :3], alpha, out=np.zeros_like(both[..., :3]), where=alpha > 1e-6)
    return np.dstack([from_light(colour) if light else np.clip(colour, 0, 1), alpha])


def on(rgba, background):
    return rgba[..., :3] * rgba[..., 3:] + background * (1 - rgba[..., 3:])


def load(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGBA"), dtype=np.float64) / 255


def colour_error(rgba, reference):
    """Mean CIEDE2000 on white."""
    return float(np.mean(deltaE_ciede2000(rgb2lab(on(rgba, 1.0)), rgb2lab(on(reference, 1.0)))))


def score(rgba, reference):
    """SSIMULACRA2 on white; NaN of what is too small for it."""
    if min(rgba.shape[:2]) < 8:
        return float("nan")
    pictures = (Image.fromarray(np.uint8(on(one, 1.0) * 255 + 0.5)) for one in (reference, rgba))
    return judge.score(*pictures)


def fringe(rgba, reference):
    """How much darker the brightest colour at soft edges is than it should be, of 255."""
    soft = (reference[..., 3] > 0.1) & (reference[..., 3] < 0.9) & (rgba[..., 3] > 0.05)
    if not soft.any():
        return 0.0
    return float(np.max(reference[soft][:, :3].max(axis=1) - rgba[soft][:, :3].max(axis=1)) * 255)
