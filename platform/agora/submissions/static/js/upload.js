/* Send a file: drop or choose, byte progress, cancel, and errors at the place where they happened. */

const MEGA = 1e6;
const CANCELLED = "Cancelled. Nothing was stored and nothing was charged.";
const place = document.querySelector("[data-upload]");
if (place) prepare(place);

function prepare(root) {
  const input = root.querySelector("input[type=file]");
  const zone = root.querySelector(".drop");
  root.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
  root.classList.add("works");
  input.disabled = false;
  input.addEventListener("change", () => { if (input.files.length) start(root, input.files[0]); });
  for (const kind of ["dragenter", "dragover"]) {
    zone.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add("over"); });
  }
  for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    const files = event.dataTransfer.files;
    if (files.length > 1) return fail(root, "Drop one file. Several files go into one zip only where the format asks for it.");
    if (files.length) start(root, files[0]);
  });
  // A file dropped beside the zone would otherwise replace the page.
  for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());
}

async function start(root, file) {
  const limit = Number(root.dataset.limit);
  clear(root);
  if (file.size === 0) return fail(root, `${file.name} is empty. Choose the file that holds your answers.`);
  if (file.size > limit) return fail(root, `${file.name} has ${inWords(file.size)}; the limit is ${inWords(limit)}. Pack it with gzip.`);
  root.classList.add("is-sending");
  root.querySelector(".sending-name").textContent = file.name;
  // From the first moment on: whoever presses Cancel while the file is announced means it too.
  const stop = new AbortController();
  const cancel = root.querySelector(".sending-cancel");
  const abort = () => stop.abort();
  cancel.addEventListener("click", abort);
  try {
    const created = await create(root, file, stop.signal);
    await send(root, file, created.put, stop.signal);
    say(root, "Received. The check begins.");
    location.assign(created.page);
  } catch (error) {
    root.classList.remove("is-sending");
    root.querySelector("input[type=file]").value = "";
    fail(root, stop.signal.aborted ? CANCELLED : error.message, error.url);
  } finally {
    cancel.removeEventListener("click", abort);
  }
}

const token = (root) => root.querySelector("[name=csrfmiddlewaretoken]").value;

class Refused extends Error {
  constructor(body, fallback) {
    super(body?.error?.message || fallback);
    this.url = body?.error?.url || "";
  }
}

async function create(root, file, signal) {
  const body = JSON.stringify({ phase: root.dataset.phase, filename: file.name, size: file.size });
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token(root) };
  const response = await fetch(root.dataset.create, { method: "POST", headers, body, signal }).catch(() => null);
  const answer = await response?.json().catch(() => null);
  if (!response?.ok) throw new Refused(answer, "The site could not be reached. Nothing was sent; choose the file again.");
  return answer;
}

function send(root, file, url, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    if (signal.aborted) return reject(new Refused(null, CANCELLED));
    signal.addEventListener("abort", () => request.abort());
    request.open("PUT", url);
    request.setRequestHeader("X-CSRFToken", token(root));
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.addEventListener("progress", (event) => show(root, event.loaded, file.size));
    request.addEventListener("load", () => {
      if (request.status < 300) return resolve();
      reject(new Refused(parsed(request.responseText), `The site answered ${request.status}. Choose the file again.`));
    });
    request.addEventListener("abort", () => reject(new Refused(null, CANCELLED)));
    request.addEventListener("error", () => reject(new Refused(null, "The connection broke. Nothing was stored; choose the file again.")));
    show(root, 0, file.size);
    request.send(file);
  });
}

function parsed(text) {
  try { return JSON.parse(text); } catch { return null; }
}

function show(root, loaded, total) {
  const bar = root.querySelector("progress");
  bar.max = total;
  bar.value = loaded;
  root.querySelector(".sending-bytes").textContent = `${inWords(loaded)} of ${inWords(total)}`;
}

function inWords(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < MEGA) return `${(bytes / 1000).toFixed(1)} kB`;
  return bytes < 1000 * MEGA ? `${(bytes / MEGA).toFixed(1)} MB` : `${(bytes / (1000 * MEGA)).toFixed(2)} GB`;
}

function clear(root) {
  root.querySelector(".sending-fault").hidden = true;
}

function fail(root, message, url) {
  const fault = root.querySelector(".sending-fault");
  fault.replaceChildren(message);
  if (url) {
    const way = document.createElement("a");
    way.href = url;
    way.textContent = "Go there";
    fault.append(" ", way);
  }
  fault.hidden = false;
}

function say(root, words) {
  root.querySelector(".sending-bytes").textContent = words;
}
