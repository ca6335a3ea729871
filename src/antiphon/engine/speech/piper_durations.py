"""Makes a Piper model tell how long each phoneme takes: one of its inner tensors becomes an output.

The model computes the durations (its only "Ceil" node) but keeps them to itself. In protobuf a message that is written
twice is merged, so that appending a graph with one output adds the output: nothing is parsed and written anew, which
with the onnx package takes 0.3 s and leaves 50 MB behind in every voice worker.
"""

from __future__ import annotations

from collections.abc import Iterator

# Field numbers of onnx.proto.
_MODEL_GRAPH = 7
_GRAPH_NODE, _GRAPH_OUTPUT = 1, 12
_NODE_OUTPUT, _NODE_OP_TYPE = 2, 4
_VALUE_NAME = 1

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def with_durations(model: bytes) -> bytes:
    """The model with the durations as its last output; unchanged if it has them already.

    Raises:
        ValueError: it is no ONNX model, or none that has durations.
    """
    view = memoryview(model)
    graphs = [field for number, field in _fields(view) if number == _MODEL_GRAPH]
    durations: list[bytes] = []
    outputs: list[bytes] = []
    for graph in graphs:
        for number, field in _fields(graph):
            if number == _GRAPH_NODE:
                node = list(_fields(field))
                if any(n == _NODE_OP_TYPE and bytes(v) == b"Ceil" for n, v in node):
                    durations += [bytes(v) for n, v in node if n == _NODE_OUTPUT]
            elif number == _GRAPH_OUTPUT:
                outputs += [bytes(v) for n, v in _fields(field) if n == _VALUE_NAME]
    if len(durations) != 1:
        raise ValueError(f"a Piper model has one tensor of durations, this one {len(durations)}")
    if durations[0] in outputs:
        return model
    return model + _field(_MODEL_GRAPH, _field(_GRAPH_OUTPUT, _field(_VALUE_NAME, durations[0])))


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """The fields of a message: number and content (empty for numbers, which nobody here needs)."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == _BYTES:
            length, at = _varint(message, at)
            if at + length > len(message):
                raise ValueError("not an ONNX model: a field is longer than its message")
            yield number, message[at : at + length]
            at += length
        elif kind == _VARINT:
            _, at = _varint(message, at)
        elif kind in (_FIXED64, _FIXED32):
            at += 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"not an ONNX model: wire type {kind}")


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(message) or shift > 63:
            raise ValueError("not an ONNX model: a number does not end")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _field(number: int, content: bytes) -> bytes:
    """A field of bytes; ours are shorter than 128."""
    assert len(content) < 128
    return bytes([number << 3 | _BYTES, len(content)]) + content
