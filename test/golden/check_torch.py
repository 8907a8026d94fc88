#!/usr/bin/env python3
"""Opens one of our model files in PyTorch and prints the logits it gives. No safetensors package: the header is read by hand.

Run:  python3 check_torch.py model.safetensors ids.json      (ids.json: a list of token ids, one stream)

Prints {"cell", "layers", "tied", "logits": [[V numbers] for each id]}: from zero state, batch 1, no dropout. Loading is
strict: a tensor that is missing, surplus or of another shape ends it with an error and exit code 1. The cell, relu and
tying are taken from "longhand" in __metadata__ (JSON, at any depth) where it names them, else seen in the tensors.
"""
import json
import struct
import sys
from pathlib import Path

import numpy as np
import torch

DTYPES = {"F32": "<f4", "F64": "<f8", "I64": "<i8", "U8": "u1"}


def read(path):
    """The tensors (name -> torch.Tensor) and the metadata of a safetensors file."""
    raw = Path(path).read_bytes()
    end = 8 + struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:end])
    metadata, tensors = header.pop("__metadata__", {}), {}
    for name, row in header.items():
        at, to = row["data_offsets"]
        flat = np.frombuffer(raw[end + at:end + to], dtype=DTYPES[row["dtype"]])
        tensors[name] = torch.from_numpy(flat.reshape(row["shape"]).copy())
    return tensors, metadata


def find(value, key):
    """The first string or boolean under `key` at any depth, or None: a vocabulary may hold numbers under any word."""
    if not isinstance(value, dict):
        return None
    if isinstance(value.get(key), (str, bool)):
        return value[key]
    return next((found for v in value.values() if (found := find(v, key)) is not None), None)


class Model(torch.nn.Module):
    def __init__(self, t, settings):
        super().__init__()
        (V, D), H = t["embedding.weight"].shape, t["rnn.weight_hh_l0"].shape[1]
        gates = t["rnn.weight_hh_l0"].shape[0] // H
        self.cell = find(settings, "cell") or {1: "rnn", 3: "gru", 4: "lstm"}[gates]
        self.layers = sum(n.startswith("rnn.weight_ih_l") for n in t)
        self.tied = D == H and torch.equal(t["decoder.weight"], t["embedding.weight"])
        if find(settings, "tied") in (True, "true") and not self.tied:
            raise SystemExit("the metadata says tied, but decoder.weight and embedding.weight differ")
        kind = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[self.cell]
        more = {"nonlinearity": find(settings, "nonlinearity") or "tanh"} if self.cell == "rnn" else {}
        self.embedding = torch.nn.Embedding(V, D)
        self.rnn = kind(D, H, self.layers, **more)
        self.decoder = torch.nn.Linear(H, V)
        if self.tied:
            self.decoder.weight = self.embedding.weight
        self.to(t["embedding.weight"].dtype)
        self.load_state_dict(t, strict=True)

    def forward(self, ids):
        return self.decoder(self.rnn(self.embedding(ids[:, None]))[0])[:, 0]


if __name__ == "__main__":
    tensors, metadata = read(sys.argv[1])
    model = Model(tensors, json.loads(metadata.get("longhand", "{}")))
    with torch.no_grad():
        logits = model(torch.tensor(json.loads(Path(sys.argv[2]).read_text())))
    print(json.dumps({"cell": model.cell, "layers": model.layers, "tied": model.tied, "logits": logits.tolist()}))
