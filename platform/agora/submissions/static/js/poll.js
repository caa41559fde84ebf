/* Follow what is under way: ask again after 1, 2, … 10 seconds while nothing changes, and stop at a final state. */

const SHORTEST_MS = 500;
const LONGEST_MS = 10_000;
const GROWTH = 1.6;

for (const region of document.querySelectorAll("[data-poll]")) follow(region, SHORTEST_MS, null);

function follow(region, wait, tag) {
  setTimeout(() => ask(region, wait, tag), wait);
}

async function ask(region, wait, tag) {
  if (!region.isConnected) return;
  const headers = { "HX-Request": "true", Accept: "text/html" };
  if (tag) headers["If-None-Match"] = tag;
  const response = await fetch(region.dataset.poll, { headers, cache: "no-store" }).catch(() => null);
  if (response?.status === 200) return change(region, response, wait);
  if (response && response.status !== 304 && response.status < 500) return;  // Gone, or not ours any more: the page stays.
  follow(region, Math.min(wait * GROWTH, LONGEST_MS), tag);
}

/* What the reader has opened stays open, and a figure that is drawn stays where it is: its numbers change in place. */
function keep(region, fresh) {
  const opened = [...region.querySelectorAll("details")].map((one) => one.open);
  [...fresh.querySelectorAll("details")].forEach((one, at) => { one.open = opened[at] ?? false; });
  for (const plot of region.querySelectorAll("[data-figure].ready")) {
    fresh.querySelector(`[data-figure="${plot.dataset.figure}"]`)?.replaceWith(plot);
  }
}

async function change(region, response, wait) {
  const holder = document.createElement("template");
  holder.innerHTML = await response.text();
  const fresh = holder.content.firstElementChild;
  if (!fresh || !fresh.dataset.poll) return location.reload();  // A final state has another page.
  document.dispatchEvent(new CustomEvent("agora:refreshing"));
  keep(region, fresh);
  region.replaceChildren(...fresh.childNodes);
  document.dispatchEvent(new CustomEvent("agora:refreshed", { detail: { region } }));
  follow(region, Math.min(wait * GROWTH, LONGEST_MS), response.headers.get("ETag"));
}
