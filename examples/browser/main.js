// The page: sends what the visitor does to the worker, and shows what the worker posts. It does not use longhand
// itself.

const at = (id) => document.getElementById(id);
const worker = new Worker("worker.js", { type: "module" });
let running; // the form whose job is running
let ready = false; // there is a model
let losses = [];

function begin(form) {
  running = form;
  at("alert").textContent = "";
  if (form.id === "write") at("written").textContent = "";
  if (form.id === "train") losses = [];
  if (form.id === "train") at("valid").textContent = "";
  worker.postMessage({ kind: form.id, ...Object.fromEntries(new FormData(form)) });
  show();
}

function show() {
  for (const button of document.querySelectorAll("button")) {
    button.textContent = running === button.form ? "Stop" : button.value;
    button.disabled = running ? running !== button.form : ["write", "save"].includes(button.form.id) && !ready;
  }
  at("file").disabled = running !== undefined;
}

const hear = {
  model({ origin, cell, layers, hidden, weights }) {
    ready = true;
    const depth = layers === 1 ? "one layer" : `${layers} layers`;
    at("model").textContent =
      `${origin}: ${cell}, ${depth} of width ${hidden}, ${weights.toLocaleString("en")} weights.`;
  },
  piece: ({ text }) => at("written").append(text),
  window({ window, windows, smooth, clock }) {
    const speed = Math.round(clock.tokensPerSecond).toLocaleString("en");
    at("progress").textContent =
      `Window ${window} of ${windows} · loss ${smooth.toFixed(3)} nats · ${speed} characters/s`;
    losses.push(smooth);
    const low = Math.min(...losses);
    const high = Math.max(...losses);
    const place = (loss, i) =>
      `${(100 * i) / (losses.length - 1 || 1)},${23 - (22 * (loss - low)) / (high - low || 1)}`;
    at("curve").firstElementChild.setAttribute("points", losses.map(place).join(" "));
  },
  validation({ nats, window, best }) {
    const mark = best ? " (best)" : "";
    at("valid").append(`On text it never saw, after window ${window}: ${nats.toFixed(3)} nats${mark}\n`);
  },
  file({ bytes }) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([bytes]));
    link.download = "model.safetensors";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser may still be reading it
  },
  done: () => (running = undefined),
  failed({ text }) {
    at("alert").textContent = text;
    running = undefined;
  },
};

for (const form of document.forms) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (running === undefined) begin(form);
    else if (running === form) worker.postMessage({ kind: "stop" });
  });
}
at("file").addEventListener("change", ({ target }) => target.files.length > 0 && begin(target.form));
worker.addEventListener("message", ({ data }) => [hear[data.kind](data), show()]);
worker.addEventListener("error", () => hear.failed({ text: "The worker did not start. Is dist/ built and served?" }));
