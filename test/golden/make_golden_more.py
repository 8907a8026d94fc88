#!/usr/bin/env python3
"""More golden vectors, computed by PyTorch in float64 on one thread: what make_golden.py leaves out.

Run:  python3 make_golden_more.py OUT_DIR      (needs torch and numpy; made with torch 1.13 on CPU)

Names, shapes and gate order are those of make_golden.py. Each case is a row of a table below; README.md says what every
tensor is. The seeds are fixed: a second run on the same machine gives the same bytes.
"""
import json
import sys
from pathlib import Path

import golden_file
import torch

out = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

KINDS = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
TEXT = "the state is carried, its history let go; what stays is a value.\n" * 8


def save(name, tensors, metadata):
    golden_file.save(out, name, tensors, metadata)


def each(state, f):
    """f over every tensor of a state: h, or (h, c)."""
    return tuple(f(s) for s in state) if isinstance(state, tuple) else f(state)


# ── Training: contiguous lanes, carried and detached state, every window of an epoch, the shorter last one too ────────

def optimizer_of(kind, parameters, settings):
    return {"sgd": torch.optim.SGD, "adam": torch.optim.Adam,
            "adamw": torch.optim.AdamW, "rmsprop": torch.optim.RMSprop}[kind](parameters, **settings)


def clip_in_place(parameters, clip):
    """Clips by ("norm", most) or ("value", most) or None; gives the norm before and whether anything was cut."""
    norm = torch.sqrt(sum((p.grad ** 2).sum() for p in parameters))
    if clip is None:
        return norm, False
    kind, most = clip
    if kind == "norm":
        torch.nn.utils.clip_grad_norm_(parameters, most)  # scale = min(1, most / (norm + 1e-6))
        return norm, norm.item() > most
    cut = any((p.grad.abs() > most).any().item() for p in parameters)
    torch.nn.utils.clip_grad_value_(parameters, most)
    return norm, cut


def training_case(name, cell, optimizer, T=9, B=3, lane=33, D=5, H=8, L=1, steps=25, clip=None, policy="epoch",
                  nonlinearity="tanh", tied=False, ignore=0.0, lengths=None, seed=11):
    """lengths: window lengths asked for, one after another; then the rate of a step is lr * (its real length) / T."""
    torch.manual_seed(seed)
    kind, settings = optimizer[0], dict(optimizer[1])
    tokens = sorted(set(TEXT))
    V = len(tokens)
    ids = torch.tensor([tokens.index(c) for c in TEXT[: B * lane + 2]])  # two too many: the remainder is trimmed
    lanes = ids[: B * lane].view(B, lane).t().contiguous()  # (lane, B): column b is lane b
    targets = lanes[1:].clone()
    emb, dec = torch.nn.Embedding(V, D), torch.nn.Linear(H, V)
    net = KINDS[cell](D, H, L, **({"nonlinearity": nonlinearity} if cell == "rnn" else {}))
    if tied:
        dec.weight = emb.weight  # one parameter, two gradients; D = H
    if ignore:
        targets[torch.rand(targets.shape) < ignore] = -1
        targets[:T, 1] = -1  # lane 1 counts nothing in the first window
    named = {"embedding.weight": emb.weight, **{"rnn." + n: p for n, p in net.named_parameters()},
             "decoder.weight": dec.weight, "decoder.bias": dec.bias}
    parameters = list(dict.fromkeys(named.values()))  # a tied weight is stepped and counted once
    t = {"init." + n: p.detach().clone() for n, p in named.items()}
    opt = optimizer_of(kind, parameters, settings)
    state, at, cuts, log = None, 0, 0, {k: [] for k in ("losses", "grad_norms", "starts_at", "lengths", "counts", "rates")}
    for step in range(steps):
        if at == lane - 1:  # every one of the lane - 1 positions was a target: a new epoch
            at = 0
            state = state if policy == "never" else None
        n = min(lengths[step % len(lengths)] if lengths else T, lane - 1 - at)
        rate = settings["lr"] * n / T if lengths else settings["lr"]
        opt.param_groups[0]["lr"] = rate
        y, state = net(emb(lanes[at:at + n]), state)
        state = each(state, torch.Tensor.detach)
        wanted = targets[at:at + n].reshape(-1)
        loss = torch.nn.functional.cross_entropy(dec(y).view(-1, V), wanted, ignore_index=-1)
        opt.zero_grad()
        loss.backward()
        if step == 0:
            t.update({"grad." + k: p.grad.clone() for k, p in named.items()})
        norm, cut = clip_in_place(parameters, clip)
        cuts += cut
        opt.step()
        for key, value in zip(log, (loss.item(), norm.item(), at, n, int((wanted >= 0).sum()), rate)):
            log[key].append(value)
        at += n
    assert clip is None or 3 <= cuts, f"{name}: the clip bites in {cuts} steps only"
    t.update({k: torch.tensor(v) for k, v in log.items()})
    t.update({"final." + n: p for n, p in named.items()})
    h, c = state if cell == "lstm" else (state, None)
    t.update({"ids": ids, "targets": targets, "hn": h, **({"cn": c} if cell == "lstm" else {})})
    save(name, t, {
        "cell": cell, "nonlinearity": nonlinearity if cell == "rnn" else "", "tied": str(tied).lower(), "T": T, "B": B,
        "D": D, "H": H, "L": L, "V": V, "lane": lane, "steps": steps, "policy": policy, "optimizer": kind,
        "settings": json.dumps(settings), "clip": clip[0] if clip else "none", "clip_at": clip[1] if clip else "",
        "clipped_steps": cuts, "lr_rescale": "length/T" if lengths else "off", "tokens": json.dumps(tokens),
        "text": TEXT[: B * lane + 2], "seed": seed, "torch": torch.__version__})
    print(f"{name:16} loss {log['losses'][0]:.4f} to {log['losses'][-1]:.4f}, clipped in {cuts} of {steps}")


ADAM = ("adam", {"lr": 1e-2, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0})
NORM = ("norm", 0.3)  # small enough to bite at these sizes
RMS = {"lr": 2e-2, "alpha": 0.95, "eps": 1e-8}

for cell in KINDS:  # 23 positions an epoch: windows of 9, 9 and 5, ten times over
    training_case(f"wrap_{cell}", cell, ADAM, lane=24, L=2, steps=30, clip=NORM)
training_case("wrap_lstm_never", "lstm", ADAM, lane=24, steps=30, policy="never")
training_case("tied_gru", "gru", ADAM, D=8, clip=NORM, tied=True)
training_case("relu_rnn", "rnn", ADAM, L=2, clip=NORM, nonlinearity="relu")
training_case("ignore_gru", "gru", ADAM, ignore=0.25)
training_case("awd_adam", "gru", ADAM, T=8, lane=60, lengths=[8, 5, 11, 7, 14, 5, 9, 6, 10, 5, 12])
training_case("sgd", "gru", ("sgd", {"lr": 1.0}), clip=NORM)
training_case("sgd_momentum", "lstm", ("sgd", {"lr": 0.3, "momentum": 0.9, "weight_decay": 1e-3}))
training_case("adam_l2", "lstm", ("adam", {**ADAM[1], "weight_decay": 1e-2}))
training_case("adamw", "gru", ("adamw", {**ADAM[1], "lr": 3e-2, "weight_decay": 0.01}), clip=("value", 0.1))
training_case("rmsprop", "gru", ("rmsprop", RMS), clip=NORM)
training_case("rmsprop_decay", "lstm", ("rmsprop", {**RMS, "weight_decay": 1e-2}))


# ── Document starts: where starts[t, b] is 1, the state that comes into position t of lane b counts as zero ───────────

def starts_case(cell, T=8, B=4, D=5, H=6, L=2, seed=21):
    """Step by step; every layer's own state is zeroed. Gradients are of sum(output * probe) + sum(last * probe_h)."""
    torch.manual_seed(seed)
    net = KINDS[cell](D, H, L)
    starts = torch.zeros(T, B, dtype=torch.uint8)  # lane 0 has no start
    for t, b in [(0, 1), (3, 1), (4, 1), (7, 2), (2, 3), (6, 3)]:
        starts[t, b] = 1
    x, h0, c0 = (torch.randn(*shape, requires_grad=True) for shape in ((T, B, D), (L, B, H), (L, B, H)))
    state, steps = ((h0, c0) if cell == "lstm" else h0), []
    for t in range(T):
        keep = (1 - starts[t].double())[None, :, None]
        y, state = net(x[t:t + 1], each(state, lambda s: s * keep))
        steps.append(y)
    y = torch.cat(steps)
    hn, cn = state if cell == "lstm" else (state, None)
    py, ph, pc = torch.randn_like(y), torch.randn_like(hn), torch.randn_like(hn)
    value = (y * py).sum() + (hn * ph).sum() + ((cn * pc).sum() if cell == "lstm" else 0)
    value.backward()
    t = dict(net.named_parameters())
    t.update({"grad." + n: p.grad for n, p in net.named_parameters()})
    t.update({"input": x, "starts": starts, "h0": h0, "output": y, "hn": hn, "probe": py, "probe_h": ph,
              "grad.input": x.grad, "grad.h0": h0.grad, "value": value.reshape(1)})
    if cell == "lstm":
        t.update({"c0": c0, "cn": cn, "probe_c": pc, "grad.c0": c0.grad})
    save(f"starts_{cell}", t,
         {"cell": cell, "T": T, "B": B, "D": D, "H": H, "L": L, "seed": seed, "torch": torch.__version__})


for cell in KINDS:
    starts_case(cell)


# ── Schedules: the rate in force at steps 0 … 49, by torch's own schedulers ───────────────────────────────────────────

SCHEDULES = {
    "cosine": (torch.optim.lr_scheduler.CosineAnnealingLR, 0.1, {"T_max": 50, "eta_min": 0.0}),
    "cosine_floor": (torch.optim.lr_scheduler.CosineAnnealingLR, 0.1, {"T_max": 50, "eta_min": 0.01}),
    "one_cycle": (torch.optim.lr_scheduler.OneCycleLR, 0.1, {
        "max_lr": 0.1, "total_steps": 50, "pct_start": 0.3, "anneal_strategy": "cos", "div_factor": 25.0,
        "final_div_factor": 1e4, "three_phase": False, "cycle_momentum": False}),
    "one_cycle_late": (torch.optim.lr_scheduler.OneCycleLR, 0.1, {
        "max_lr": 0.3, "total_steps": 50, "pct_start": 0.5, "anneal_strategy": "cos", "div_factor": 10.0,
        "final_div_factor": 100.0, "three_phase": False, "cycle_momentum": False}),
}


def rates_of(kind, lr, settings, steps=50):
    opt = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    schedule, rates = kind(opt, **settings), []
    for step in range(steps):
        rates.append(opt.param_groups[0]["lr"])
        opt.step()
        if step < steps - 1:
            schedule.step()
    return torch.tensor(rates)


save("schedules", {f"rates.{n}": rates_of(*row) for n, row in SCHEDULES.items()},
     {"steps": 50, "torch": torch.__version__,
      **{n: json.dumps({"lr": lr, **settings}) for n, (_, lr, settings) in SCHEDULES.items()}})


# ── A model file as it is saved and shared, float32, and the logits it gives from zero state ──────────────────────────

def model_case(V=11, D=6, H=8, L=2, N=20, seed=31):
    torch.manual_seed(seed)
    emb, net, dec = (m.float() for m in (torch.nn.Embedding(V, D), torch.nn.GRU(D, H, L), torch.nn.Linear(H, V)))
    ids = torch.randint(V, (N,))
    logits = dec(net(emb(ids[:, None]))[0])[:, 0]
    settings = {"cell": "gru", "D": D, "H": H, "L": L, "V": V, "seed": seed, "torch": torch.__version__}
    save("model_gru_f32", {"embedding.weight": emb.weight, **{"rnn." + n: p for n, p in net.named_parameters()},
                           "decoder.weight": dec.weight, "decoder.bias": dec.bias}, settings)
    save("logits_gru_f32", {"ids": ids, "logits": logits}, {**settings, "model": "model_gru_f32.safetensors", "N": N})


model_case()
