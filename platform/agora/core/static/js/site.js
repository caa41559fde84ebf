/* Keyboard, copy buttons, menus and busy regions. Every page works without this module. */

const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;
const follow = (selector) => {
  const link = document.querySelector(selector);
  if (link) link.click();
  return Boolean(link);
};

/* --- keys: / search, [ ] page, g then a letter to a tab, ? the list ------------------------------------------------ */
const SEQUENCE_MS = 1500;
let goingSince = 0;

function pressed(event) {
  if (event.key === "?") {
    const keys = document.getElementById("keys");
    if (keys && !keys.open) keys.showModal();
    return Boolean(keys);
  }
  if (event.key === "/") {
    const search = document.querySelector("input[type=search]");
    if (search) search.focus();
    return Boolean(search);
  }
  if (event.key === "[") return follow("a[rel~=prev]");
  if (event.key === "]") return follow("a[rel~=next]");
  return false;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    closeMenus();
    if (typing(event.target)) event.target.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (performance.now() - goingSince < SEQUENCE_MS && /^[a-z]$/.test(event.key)) {
    goingSince = 0;
    if (follow(`a[data-key="${event.key}"]`)) event.preventDefault();
    return;
  }
  goingSince = event.key === "g" ? performance.now() : 0;
  if (pressed(event)) event.preventDefault();
});

for (const opener of document.querySelectorAll("[data-opens]")) {
  opener.hidden = false;
  opener.addEventListener("click", () => document.getElementById(opener.dataset.opens).showModal());
}

/* --- menus close on Escape and on a click elsewhere ----------------------------------------------------------------- */
function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu === except) continue;
    const held = menu.contains(document.activeElement);
    menu.open = false;
    if (held && !except) menu.querySelector("summary").focus();
  }
}
document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu") ?? document.body));

/* --- copy: shown only where it can work ------------------------------------------------------------------------------ */
function prepareCopy(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("[data-copy], [data-copy-text]")) button.hidden = false;
}
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-text]");
  if (!button) return;
  const source = button.dataset.copy ? document.querySelector(button.dataset.copy) : null;
  await navigator.clipboard.writeText(source ? source.textContent : button.dataset.copyText);
  const said = document.getElementById("said");
  if (said) said.textContent = "Copied";
  const words = button.textContent;
  if (words === "Copied") return;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = words; }, 1500);
});
prepareCopy(document);

/* --- forms that are sent once, regions that are loading --------------------------------------------------------------- */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  else if (form.method === "post" && !form.hasAttribute("hx-post")) form.dataset.sent = "1";
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
document.addEventListener("htmx:beforeRequest", (event) => event.detail.target?.setAttribute("aria-busy", "true"));
document.addEventListener("htmx:afterRequest", (event) => event.detail.target?.removeAttribute("aria-busy"));
document.addEventListener("htmx:load", (event) => prepareCopy(event.detail.elt));

document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
