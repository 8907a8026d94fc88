"""The lesson's LSTM in PyTorch, on our split of the text: what the stage `lstm` is held against. One line an epoch.

    OMP_NUM_THREADS=1 python3 lesson/pytorch_lstm.py --seed 1 --parts 2,15

Half an hour of one core; with `--parts 2,15,63` two and a half. It needs Debian's python3-torch (1.13) and python3-numpy;
bench/peers/README.md says which BLAS is fast. Nothing of longhand runs here.
"""
import argparse
import math
import time
from collections import Counter

import numpy
import torch
from torch import nn
from torch.nn import functional

parser = argparse.ArgumentParser()
parser.add_argument("--text", default="data/nietzsche.txt")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--parts", default="2,15", help="epochs: the first part at a constant rate, each further one with CosAnneal")
c = parser.parse_args()
LANES, BPTT, RATE, LEAST = 64, 8, 1e-2, 1e-4

# The first 80% train, the last 20% validate; lower case, characters seen less than three times are <unk>.
with open(c.text, encoding="utf8", newline="") as file:
    text = file.read().lower()
cut = len(text) * 8 // 10
counts = sorted(Counter(text[:cut]).items())
counts.sort(key=lambda pair: -pair[1])
itos = ["<unk>", "<pad>"] + [character for character, count in counts if count >= 3]
stoi = {character: i for i, character in enumerate(itos)}
ids = numpy.array([stoi.get(character, 0) for character in text])


def lanes_of(part):
    """(positions, lanes): equal stretches side by side."""
    length = len(part) // LANES
    return torch.tensor(part[: length * LANES].reshape(LANES, length).T.copy())


train, valid = lanes_of(ids[:cut]), lanes_of(ids[cut:])
torch.set_num_threads(1)
torch.manual_seed(c.seed)
random = numpy.random.RandomState(c.seed)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(len(itos), 42)
        self.rnn = nn.LSTM(42, 512, 2, dropout=0.5)
        self.decoder = nn.Linear(512, len(itos))

    def forward(self, ids, state):
        output, state = self.rnn(self.embedding(ids), state)
        return self.decoder(output), state


model = Model()
optimizer = torch.optim.Adam(model.parameters(), lr=RATE, weight_decay=1e-5)


def loss_of(inputs, targets, state, reduction):
    logits, state = model(inputs, state)
    return functional.cross_entropy(logits.reshape(-1, len(itos)), targets.reshape(-1), reduction=reduction), state


def validate():
    """Mean nats over every validation token once, the state carried from zero."""
    model.eval()
    total, state, last = 0.0, None, len(valid) - 1
    with torch.no_grad():
        for at in range(0, last, 256):
            end = min(at + 256, last)
            loss, state = loss_of(valid[at:end], valid[at + 1 : end + 1], state, "sum")
            total += loss.item()
    model.train()
    return total / (last * LANES)


# fastai 0.7: a window is 5 or more long, about BPTT, one in twenty about half of it; as many windows as if all were BPTT long.
windows = len(train) // BPTT - 1


def next_length():
    return max(5, int(random.normal(BPTT if random.rand() < 0.95 else BPTT / 2, 5)))


class CosAnneal:
    """fastai 0.7's: a slow first twentieth, then half a cosine; each cycle twice as long. It counts promised windows."""

    def __init__(self):
        self.iteration, self.within, self.cycle = 0, 0, windows

    def next_rate(self):
        slow = self.iteration < self.cycle / 20
        rate = LEAST if slow else RATE / 2 * (math.cos(math.pi * self.within / self.cycle) + 1)
        self.iteration += 1
        self.within += 1
        if not slow and self.within == self.cycle:
            self.within, self.cycle = 0, self.cycle * 2
        return rate


state = (torch.zeros(2, LANES, 512), torch.zeros(2, LANES, 512))
epoch, began = 0, time.time()
for part, epochs in enumerate(int(word) for word in c.parts.split(",")):
    schedule = CosAnneal() if part > 0 else None
    for _ in range(epochs):
        at, window, losses = 0, 0, []
        while at < len(train) - 1 and window < windows:
            length = next_length()
            inputs = train[at : at + min(length, len(train) - 1 - at)]
            targets = train[at + 1 : at + 1 + len(inputs)]
            at += length
            window += 1
            for group in optimizer.param_groups:
                group["lr"] = schedule.next_rate() if schedule else RATE
            loss, state = loss_of(inputs, targets, state, "mean")
            state = tuple(each.detach() for each in state)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        epoch += 1
        mean = sum(losses) / len(losses)
        print(f"epoch {epoch}: {window} windows, train {mean:.4f}, valid {validate():.4f}, {time.time() - began:.0f} s", flush=True)
