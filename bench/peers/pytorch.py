"""The bench's work in PyTorch, as its users would write it. Prints one record.

    python3 pytorch.py --config S --cell gru --mode train --threads 1 --steps 20 --warmup 3
    python3 pytorch.py --mode product          # GFLOP/s of a 2048 x 2048 x 2048 float32 product
    python3 pytorch.py --mode export --out F   # one step as an ONNX graph: ids, state -> logits, next state

Which BLAS it finds is decided outside (LD_LIBRARY_PATH), by python.mjs.
"""
import argparse
import collections
import json
import resource
import statistics
import time

import torch
from torch import nn

parser = argparse.ArgumentParser()
for name, default in {"config": "S", "cell": "gru", "mode": "train", "text": "", "out": ""}.items():
    parser.add_argument("--" + name, default=default)
sizes = ["vocabulary", "embedding", "layers", "hidden", "batch", "bptt"]
for name, default in {**dict.fromkeys(sizes, 0), "threads": 1, "steps": 20, "warmup": 3, "chars": 2000}.items():
    parser.add_argument("--" + name, type=int, default=default)
c = parser.parse_args()
torch.set_num_threads(c.threads)
torch.manual_seed(1)


def tell(seconds, units, losses=None, **more):
    median = statistics.median(seconds)
    record = dict(peer="pytorch", version=torch.__version__, config=c.config, cell=c.cell, mode=c.mode)
    record.update(threads=c.threads, batch=c.batch, bptt=c.bptt, steps=len(seconds))
    record.update(step_ms=round(median * 1e3, 3), step_ms_min=round(min(seconds) * 1e3, 3))
    record["tokens_per_s" if c.mode == "train" else "chars_per_s"] = round(units / median, 1)
    if losses:
        few = max(1, min(3, len(losses) // 3))
        record["loss_first"] = round(statistics.mean(losses[:few]), 4)
        record["loss_last"] = round(statistics.mean(losses[-few:]), 4)
    record["rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    record.update(more)
    print(json.dumps(record))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        kind = dict(rnn=nn.RNN, gru=nn.GRU, lstm=nn.LSTM)[c.cell]
        self.embedding = nn.Embedding(c.vocabulary, c.embedding)
        self.rnn = kind(c.embedding, c.hidden, c.layers)
        self.decoder = nn.Linear(c.hidden, c.vocabulary)

    def forward(self, ids, state):
        output, state = self.rnn(self.embedding(ids), state)
        return self.decoder(output), state


def read_lanes():
    """(positions, lanes) of ids: by count, then code point; rare characters share the last id."""
    with open(c.text, encoding="utf8", newline="") as file:
        text = file.read()
    order = sorted(collections.Counter(text).items(), key=lambda pair: (-pair[1], pair[0]))
    ids = {character: min(i, c.vocabulary - 1) for i, (character, _) in enumerate(order)}
    flat = torch.tensor([ids[character] for character in text])
    length = len(flat) // c.batch
    return flat[: length * c.batch].view(c.batch, length).t().contiguous()


def train():
    model, lanes = Model(), read_lanes()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, foreach=True)  # faster than the loop over tensors
    loss_of = nn.CrossEntropyLoss()
    state, at, seconds, losses = None, 0, [], []
    for step in range(c.warmup + c.steps):
        begun = time.perf_counter()
        if at + c.bptt >= len(lanes):
            state, at = None, 0
        logits, state = model(lanes[at : at + c.bptt], state)
        state = tuple(each.detach() for each in state) if c.cell == "lstm" else state.detach()
        loss = loss_of(logits.view(-1, c.vocabulary), lanes[at + 1 : at + c.bptt + 1].reshape(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        at += c.bptt
        if step >= c.warmup:
            seconds.append(time.perf_counter() - begun)
    tell(seconds, c.batch * c.bptt, losses)


def generate():
    model = Model().eval()

    def write(n):
        state, ids = None, torch.zeros(1, 1, dtype=torch.long)
        for _ in range(n):
            logits, state = model(ids, state)
            ids = torch.multinomial(torch.softmax(logits[0], -1), 1)

    with torch.inference_mode():
        write(50)
        begun = time.perf_counter()
        write(c.chars)
        tell([time.perf_counter() - begun], c.chars)


def product():
    a, b = torch.randn(2048, 2048), torch.randn(2048, 2048)
    a @ b
    best, best_processor = 0.0, 0.0
    for _ in range(5):
        wall, processor = time.perf_counter(), time.process_time()
        a @ b
        best = max(best, 2 * 2048**3 / (time.perf_counter() - wall) / 1e9)
        best_processor = max(best_processor, 2 * 2048**3 / (time.process_time() - processor) / 1e9)
    print(json.dumps(dict(gflops=round(best, 1), processor_gflops=round(best_processor, 1))))


class Step(nn.Module):
    """The model with its state as plain tensors."""

    def __init__(self):
        super().__init__()
        self.model = Model()

    def forward(self, ids, *state):
        logits, state = self.model(ids, state if c.cell == "lstm" else state[0])
        return (logits, *state) if c.cell == "lstm" else (logits, state)


def export():
    names = ["h", "c"] if c.cell == "lstm" else ["h"]
    state = [torch.zeros(c.layers, 1, c.hidden) for _ in names]
    outputs = ["logits"] + [name + "_next" for name in names]
    inputs = (torch.zeros(1, 1, dtype=torch.long), *state)
    torch.onnx.export(Step().eval(), inputs, c.out, input_names=["ids"] + names, output_names=outputs)


dict(train=train, generate=generate, product=product, export=export)[c.mode]()
