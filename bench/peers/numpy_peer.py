"""The bench's generation in numpy, written by hand: one product of a row for all gates of a layer. Prints one record."""
import argparse
import json
import resource
import time

import numpy as np

parser = argparse.ArgumentParser()
for name in ["config", "cell", "mode", "text"]:
    parser.add_argument("--" + name, default="")
for name in ["vocabulary", "embedding", "layers", "hidden", "batch", "bptt", "threads", "steps", "warmup", "chars"]:
    parser.add_argument("--" + name, type=int, default=0)
c = parser.parse_args()
random = np.random.default_rng(1)
H, gates = c.hidden, dict(rnn=1, gru=3, lstm=4)[c.cell]


def uniform(*shape):
    return random.uniform(-(H**-0.5), H**-0.5, shape).astype(np.float32)


embedding = random.standard_normal((c.vocabulary, c.embedding)).astype(np.float32)
widths = [c.embedding] + [H] * (c.layers - 1)
layers = [(uniform(w, gates * H), uniform(H, gates * H), uniform(gates * H), uniform(gates * H)) for w in widths]
decoder, bias = uniform(H, c.vocabulary), uniform(c.vocabulary)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def rnn(x, g, h):
    return (np.tanh(x + g),)


def gru(x, g, h):
    r, z = sigmoid(x[: 2 * H] + g[: 2 * H]).reshape(2, H)
    n = np.tanh(x[2 * H :] + r * g[2 * H :])
    return (n + z * (h - n),)


def lstm(x, g, h, cell):
    i, f, n, o = (x + g).reshape(4, H)
    cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(n)
    return sigmoid(o) * np.tanh(cell), cell


step = dict(rnn=rnn, gru=gru, lstm=lstm)[c.cell]


def write(n):
    states = [(np.zeros(H, np.float32),) * (2 if c.cell == "lstm" else 1) for _ in layers]
    token = 0
    for _ in range(n):
        x = embedding[token]
        for l, (input_, hidden, input_bias, hidden_bias) in enumerate(layers):
            states[l] = step(x @ input_ + input_bias, states[l][0] @ hidden + hidden_bias, *states[l])
            x = states[l][0]
        logits = x @ decoder + bias
        p = np.exp(logits - logits.max()).cumsum()
        token = min(int(p.searchsorted(random.random() * p[-1])), c.vocabulary - 1)


write(50)
begun = time.perf_counter()
write(c.chars)
seconds = time.perf_counter() - begun
record = dict(peer="numpy", version=np.__version__, config=c.config, cell=c.cell, mode=c.mode, threads=c.threads)
record.update(batch=c.batch, bptt=c.bptt, steps=1, step_ms=round(seconds * 1e3, 3), step_ms_min=round(seconds * 1e3, 3))
record.update(chars_per_s=round(c.chars / seconds, 1))
record.update(rss_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
print(json.dumps(record))
