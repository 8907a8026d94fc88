#!/usr/bin/env python3
"""Golden vectors of the QRNN, which PyTorch has not: its equations written out with torch's tensors, differentiated by autograd.

Run:  python3 make_golden_qrnn.py OUT_DIR      (needs torch and numpy; made with torch 1.13 on CPU, one thread)

    [z, f, o] = linear([x, x before])      window 1: of x alone
    c = σ(f) · tanh(z) + (1 − σ(f)) · c before,   h = σ(o) · c

One linear layer of 3H rows, as in Merity's pytorch-qrnn: its first D columns are written as weight_ih, the others as
weight_previous. Shapes and names are otherwise those of make_golden.py and make_golden_more.py; README.md has the table.
"""
import json
import sys
from pathlib import Path

import golden_file
import torch

out = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
torch.set_num_threads(1)
TEXT = "what was read a moment ago is still at hand; what came before is in the cell.\n" * 8


def save(name, tensors, metadata):
    golden_file.save(out, name, tensors, metadata)


def linears(D, H, L, window, dtype):
    return [torch.nn.Linear(window * (H if l else D), 3 * H).to(dtype) for l in range(L)]


def run(layers, window, x, cells, before, starts=None):
    """x (T, B, D); cells, before: a (B, width) for each layer. Gives the top's outputs and each layer's last h, c and x."""
    last = []
    for linear, c, previous in zip(layers, cells, before):
        keep = torch.ones(x.shape[0], x.shape[1], 1, dtype=x.dtype) if starts is None else 1 - starts[..., None].to(x.dtype)
        shifted = torch.cat([previous[None], x[:-1]]) * keep
        z, f, o = linear(torch.cat([x, shifted], 2) if window == 2 else x).chunk(3, 2)
        z, f, o, steps = torch.tanh(z), torch.sigmoid(f), torch.sigmoid(o), []
        for t in range(x.shape[0]):
            c = f[t] * z[t] + (1 - f[t]) * (c * keep[t])
            steps.append(c)
        y = o * torch.stack(steps)
        last.append((y[-1], c, x[-1]))
        x = y
    return x, last


def split(layers, window, prefix="", of=lambda p: p):
    """The parameters, or what `of` makes of them, under our names."""
    named = {}
    for l, linear in enumerate(layers):
        columns = linear.in_features // window
        weight = of(linear.weight)
        named[f"{prefix}weight_ih_l{l}"] = weight[:, :columns].clone()
        if window == 2:
            named[f"{prefix}weight_previous_l{l}"] = weight[:, columns:].clone()
        named[f"{prefix}bias_ih_l{l}"] = of(linear.bias).clone()
    return named


def gradient(p):
    return p.grad


def layer_case(name, window, dtype, starts_at=(), T=8, B=4, D=5, H=6, L=2, seed=41):
    """Gradients are of Σ output · probe + Σ hn · probe_h + Σ cn · probe_c + Σ xn · probe_x."""
    torch.manual_seed(seed + window)
    layers = linears(D, H, L, window, dtype)
    leaf = lambda *shape: torch.randn(*shape, dtype=dtype, requires_grad=True)
    x, h0 = leaf(T, B, D), torch.randn(L, B, H, dtype=dtype)  # no output depends on the h that comes in
    cells, before = [leaf(B, H) for _ in range(L)], [leaf(B, H if l else D) for l in range(L)]
    starts = torch.zeros(T, B, dtype=torch.uint8)
    for t, b in starts_at:
        starts[t, b] = 1
    y, last = run(layers, window, x, cells, before, starts if starts_at else None)
    hn, cn, xn = zip(*last)
    flat = lambda parts: torch.cat([p.reshape(-1) for p in parts])
    found = {"h": flat(hn), "c": flat(cn), **({"x": flat(xn)} if window == 2 else {})}
    probe, probes = torch.randn_like(y), {k: torch.randn_like(v) for k, v in found.items()}
    value = (y * probe).sum() + sum((found[k] * probes[k]).sum() for k in found)
    value.backward()
    t = {**split(layers, window), **split(layers, window, "grad.", gradient)}
    t.update({"input": x, "output": y, "probe": probe, "grad.input": x.grad, "value": value.reshape(1)})
    came = {"h": h0.reshape(-1), "c": flat(cells), "x": flat(before)}
    backward = {"h": torch.zeros_like(came["h"]), "c": flat([c.grad for c in cells])}
    if window == 2:
        backward["x"] = flat([b.grad for b in before])
    for slot in found:
        t.update({f"{slot}0": came[slot], f"{slot}n": found[slot], f"probe_{slot}": probes[slot],
                  f"grad.{slot}0": backward[slot]})
    if starts_at:
        t["starts"] = starts
    save(name, t, {"cell": "qrnn", "window": window, "T": T, "B": B, "D": D, "H": H, "L": L, "seed": seed + window,
                   "torch": torch.__version__})


def training_case(name, window, T=9, B=3, lane=24, D=5, H=8, L=2, steps=30, clip=0.3, lr=1e-2, seed=51):
    """As `wrap_*` of make_golden_more.py: epochs of windows 9, 9 and 5, carried and detached state, Adam, norm clipping."""
    torch.manual_seed(seed)
    dtype = torch.float64
    tokens = sorted(set(TEXT))
    V = len(tokens)
    ids = torch.tensor([tokens.index(c) for c in TEXT[: B * lane + 2]])
    lanes = ids[: B * lane].view(B, lane).t().contiguous()
    emb, layers, dec = torch.nn.Embedding(V, D).to(dtype), linears(D, H, L, window, dtype), torch.nn.Linear(H, V).to(dtype)
    parameters = [emb.weight, *[p for each in layers for p in each.parameters()], dec.weight, dec.bias]

    def named(prefix, of=lambda p: p.detach()):
        ends = {"embedding.weight": emb.weight, "decoder.weight": dec.weight, "decoder.bias": dec.bias}
        return {**split(layers, window, f"{prefix}rnn.", of), **{prefix + n: of(p).clone() for n, p in ends.items()}}

    t = named("init.")
    opt = torch.optim.Adam(parameters, lr=lr)
    zero = lambda: ([torch.zeros(B, H, dtype=dtype) for _ in range(L)],
                    [torch.zeros(B, H if l else D, dtype=dtype) for l in range(L)])
    at, cuts, log = 0, 0, {k: [] for k in ("losses", "grad_norms", "starts_at", "lengths")}
    cells, before = zero()
    for step in range(steps):
        if at == lane - 1:
            at, (cells, before) = 0, zero()
        n = min(T, lane - 1 - at)
        y, last = run(layers, window, emb(lanes[at:at + n]), cells, before)
        cells, before = [c.detach() for _, c, _ in last], [x.detach() for _, _, x in last]
        loss = torch.nn.functional.cross_entropy(dec(y).view(-1, V), lanes[at + 1:at + 1 + n].reshape(-1))
        opt.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(parameters, clip)
        cuts += norm.item() > clip
        opt.step()
        for key, each in zip(log, (loss.item(), norm.item(), at, n)):
            log[key].append(each)
        at += n
    assert cuts >= 3, f"{name}: the clip bites in {cuts} steps only"
    t.update(named("final."))
    t.update({k: torch.tensor(v, dtype=torch.float64 if k in ("losses", "grad_norms") else torch.int64) for k, v in log.items()})
    t.update({"ids": ids, "hn": torch.stack([h for h, _, _ in last]), "cn": torch.stack(cells)})
    save(name, t, {
        "cell": "qrnn", "window": window, "T": T, "B": B, "D": D, "H": H, "L": L, "V": V, "lane": lane, "steps": steps,
        "policy": "epoch", "optimizer": "adam", "settings": json.dumps({"lr": lr}), "clip": "norm", "clip_at": clip,
        "clipped_steps": cuts, "tokens": json.dumps(tokens), "seed": seed, "torch": torch.__version__})
    print(f"{name:10} loss {log['losses'][0]:.4f} to {log['losses'][-1]:.4f}, clipped in {cuts} of {steps}")


STARTS = [(0, 1), (3, 1), (4, 1), (7, 2), (2, 3), (6, 3)]  # (t, lane); lane 0 has none
for window in (1, 2):
    layer_case(f"window{window}_f64", window, torch.float64)
    layer_case(f"window{window}_f32", window, torch.float32)
    layer_case(f"starts{window}", window, torch.float64, STARTS)
    training_case(f"wrap{window}", window)
