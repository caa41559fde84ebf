/* Keep the log of a run where its reader is: at the end while it is followed, else where it was. */

let follows = true;
let place = 0;

const log = () => document.querySelector("[data-log]");

function settle() {
  const box = document.querySelector("[data-follow]");
  if (box) box.checked = follows;
  const shown = log();
  if (shown) shown.scrollTop = follows ? shown.scrollHeight : place;
}

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-follow]")) return;
  follows = event.target.checked;
  place = log()?.scrollTop ?? 0;
  settle();
});
document.addEventListener("agora:refreshing", () => { place = log()?.scrollTop ?? 0; });
document.addEventListener("agora:refreshed", settle);
settle();
