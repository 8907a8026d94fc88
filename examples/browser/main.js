// The page's side: what the visitor does goes to the worker, what the worker tells is shown. No longhand here.

const at = (id) => document.getElementById(id);
const worker = new Worker("worker.js", { type: "module" });
let running; // the form whose job is under way
let ready = false; // a model is there
let losses = [];

function begin(form) {
  running = form;
  at("alert").textContent = "";
  if (form.id === "write") at("written").textContent = "";
  if (form.id === "train") losses = [];
  worker.postMessage({ kind: form.id, ...Object.fromEntries(new FormData(form)) });
  show();
}

function show() {
  for (const button of document.querySelectorAll("button")) {
    button.textContent = running === button.form ? "Stop" : button.value;
    button.disabled = running ? running !== button.form : button.form.id === "write" && !ready;
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
    const [low, high] = [Math.min(...losses), Math.max(...losses)];
    const place = (loss, i) =>
      `${(100 * i) / (losses.length - 1 || 1)},${23 - (22 * (loss - low)) / (high - low || 1)}`;
    at("curve").firstElementChild.setAttribute("points", losses.map(place).join(" "));
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
