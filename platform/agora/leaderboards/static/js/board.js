/* Say so when a board could not be refreshed; everything else of a board works by links and forms. */

function failed(event) {
  const region = document.getElementById("board");
  if (!region || event.detail.target !== region || region.querySelector(".stale")) return;
  const notice = document.createElement("p");
  notice.className = "notice warn stale";
  notice.setAttribute("role", "alert");
  const again = document.createElement("a");
  again.href = location.href;
  again.textContent = "Try again";
  notice.append(`The board could not be refreshed. You see it as of ${region.dataset.asOf}. `, again);
  region.prepend(notice);
}

document.addEventListener("htmx:responseError", failed);
document.addEventListener("htmx:sendError", failed);

// On narrow screens the filters are folded; on wide ones they stand in a row.
const wide = matchMedia("(min-width: 900px)");
function unfold() {
  for (const filters of document.querySelectorAll(".filters")) filters.open = wide.matches || filters.dataset.chosen === "1";
}
wide.addEventListener("change", unfold);
document.addEventListener("htmx:afterSettle", unfold);
unfold();
