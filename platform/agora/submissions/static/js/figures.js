/* Draw the figures of a page when they scroll into view. Their JSON comes from the server; colours are read from the tokens. */

const FAILED = "The figure could not be drawn. The numbers are in the table.";
const OPTIONS = { displayModeBar: false, responsive: true };
const TOKEN = /^var\((--[a-z0-9-]+)\)$/;
const drawn = new Set();

/* A custom property holds `light-dark(…)` as written; a colour computed on an element is what it means in this theme. */
const probe = document.createElement("span");
probe.hidden = true;
document.body.append(probe);

function token(name) {
  if (name === "--sans") return getComputedStyle(document.body).fontFamily;
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

function resolved(value) {
  if (typeof value === "string") {
    const match = TOKEN.exec(value);
    return match ? token(match[1]) : value;
  }
  if (Array.isArray(value)) return value.map(resolved);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, resolved(part)]));
  }
  return value;
}

async function draw(plot) {
  const source = document.getElementById(plot.dataset.figure);
  try {
    const { data, layout } = resolved(JSON.parse(source.textContent));
    // Plotly forgets the layout's height when the window is resized and takes that of the element.
    plot.style.height = `${layout.height}px`;
    await window.Plotly.react(plot, data, layout, OPTIONS);
    plot.classList.add("ready");
    drawn.add(plot);
  } catch {
    plot.textContent = FAILED;
    plot.classList.add("failed");
  }
}

const observer = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    observer.unobserve(entry.target);
    draw(entry.target);
  }
}, { rootMargin: "200px" });

function observe(root) {
  for (const plot of root.querySelectorAll("[data-figure]:not(.ready)")) observer.observe(plot);
}

observe(document);
document.addEventListener("htmx:load", (event) => observe(event.detail.elt));
document.addEventListener("agora:refreshed", (event) => {
  observe(event.detail.region);
  for (const plot of drawn) if (event.detail.region.contains(plot)) draw(plot);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const plot of drawn) if (plot.isConnected) draw(plot);
});
