"""Writes golden vectors as safetensors: what the three make_golden scripts share."""
import json
import struct

import torch


def save(out, name, tensors, metadata):
    """Writes tensors (name -> torch.Tensor) to out/name.safetensors."""
    kinds = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64", torch.uint8: "U8"}
    header, blobs, at = {"__metadata__": {k: str(v) for k, v in metadata.items()}}, [], 0
    for key in sorted(tensors):
        t = tensors[key].detach().contiguous()
        raw = t.numpy().tobytes()
        header[key] = {"dtype": kinds[t.dtype], "shape": list(t.shape), "data_offsets": [at, at + len(raw)]}
        blobs.append(raw)
        at += len(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    (out / f"{name}.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))
