"""What a picture in PQ and BT.2020 shows on an ordinary screen, by the standards' formulas."""

import numpy as np

WHITE, PEAK = 203, 1000
M1, M2 = 2610 / 16384, 2523 / 4096 * 128
C1, C2, C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
# ITU-R BT.2087.
TO_BT_709 = np.array([[1.660491, -0.587641, -0.072850], [-0.124550, 1.132900, -0.008349], [-0.018151, -0.100579, 1.118730]])


def nits(stored):
    """SMPTE ST 2084."""
    power = stored ** (1 / M2)
    return 10000 * (np.maximum(power - C1, 0) / (C2 - C3 * power)) ** (1 / M1)


def pq(light):
    power = (light / 10000) ** M1
    return ((C1 + C2 * power) / (1 + C3 * power)) ** M2


def compressed(light):
    """ITU-R BT.2390, section 5.4."""
    most = pq(PEAK)
    target, value = pq(WHITE) / most, pq(light) / most
    knee = 1.5 * target - 0.5
    t = np.clip((value - knee) / (1 - knee), 0, 1)
    curve = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * target
    return np.where(value <= knee, light, nits(curve * most))


def in_srgb(rgb):
    """Straight RGBA, 0 to 1, of stored values, 0 to 1."""
    light = nits(np.asarray(rgb, dtype=np.float64))
    most = np.maximum(light.max(axis=-1, keepdims=True), 1e-6)
    light = light * np.where(most > PEAK, WHITE / most, compressed(most) / most) / WHITE
    light = np.clip(light @ TO_BT_709.T, 0, 1)
    stored = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.dstack([stored, np.ones(stored.shape[:2])])
