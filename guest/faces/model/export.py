"""Writes yunet.bin, the weights of YuNet, from its ONNX file: see README.md.

    python export.py face_detection_yunet_2023mar.onnx

The order is that in which src/network.rs reads them. Channels come last, as they do in memory: 1×1 weights are
[in][out], depthwise ones [tap][channel], those of the first convolution [tap][in][out]. Blue and red change places,
since the model expects BGR. The three heads become one, of 8 channels: class, object, box, and two that are empty.
Landmarks are left out.
"""

import sys
from pathlib import Path

import numpy as np
import onnx

model = onnx.load(sys.argv[1])
values = {one.name: onnx.numpy_helper.to_array(one) for one in model.graph.initializer}
convolutions = [[values[name] for name in node.input[1:3]] for node in model.graph.node if node.op_type == "Conv"]
written = []


def write(*arrays):
    written.extend(np.ascontiguousarray(array, dtype="<f4").tobytes() for array in arrays)


def unit(pointwise, depthwise):
    """A 1×1 convolution and a depthwise one of 3×3."""
    (across, bias), (down, last) = pointwise, depthwise
    write(across[:, :, 0, 0].T, bias, down[:, 0].reshape(len(last), 9).T, last)


def joined(parts, padding):
    weights = np.concatenate([weights for weights, _ in parts])
    bias = np.concatenate([bias for _, bias in parts])
    return np.pad(weights, [(0, padding), *[(0, 0)] * (weights.ndim - 1)]), np.pad(bias, (0, padding))


first, *rest = convolutions
write(first[0][:, ::-1].transpose(2, 3, 1, 0), first[1])
# Backbone and neck: 14 units.
for pointwise, depthwise in zip(rest[:28:2], rest[1:28:2]):
    unit(pointwise, depthwise)
# Heads: class, box, object, landmarks, each for three strides.
heads = rest[28:]
for stride in range(3):
    parts = [(heads[2 * (3 * kind + stride)], heads[2 * (3 * kind + stride) + 1]) for kind in (0, 2, 1)]
    unit(joined([part[0] for part in parts], 2), joined([part[1] for part in parts], 2))
Path(__file__).with_name("yunet.bin").write_bytes(b"".join(written))
