"""What the keyboard sees: where the focus is, whether it shows, and in which order it goes."""

import itertools
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

_FOCUSED = """() => {
  const own = document.activeElement;
  if (!own || own === document.body) return null;
  const all = [...document.querySelectorAll("*")];
  // A file input without a size of its own lends its focus to the label around it.
  const shown = own.matches("input[type=file]") ? own.closest("label") ?? own : own;
  const style = getComputedStyle(shown), box = shown.getBoundingClientRect();
  const middle = document.elementFromPoint(
    Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1),
    Math.min(Math.max(box.top + box.height / 2, 0), innerHeight - 1));
  return {
    place: all.indexOf(own),
    name: (own.getAttribute("aria-label") || own.labels?.[0]?.innerText || own.innerText || own.value || own.id || "")
      .trim().replace(/\\s+/g, " "),
    tag: own.tagName.toLowerCase(),
    outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
    inView: box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight,
    covered: !(middle && (shown.contains(middle) || middle.contains(shown))),
    box: [box.left + scrollX, box.top + scrollY, box.right + scrollX, box.bottom + scrollY],
    isFixed: ["fixed", "sticky"].includes(style.position) || shown.matches(".skip"),
  };
}"""
#: Everything that a person may press or fill in, with its place in the document; what is folded away does not count.
_CONTROLS = """() => {
  const all = [...document.querySelectorAll("*")];
  return [...document.querySelectorAll(
      "a[href], button, input, select, textarea, summary, [tabindex='0']")].filter(one =>
    !one.disabled && one.type !== "hidden" && one.checkVisibility({visibilityProperty: true}) && !one.closest("[inert]") &&
    !(one.type === "radio" && !one.checked && document.querySelector(`input[type=radio][name="${one.name}"]:checked`))
  ).map(one => all.indexOf(one));
}"""


@dataclass(frozen=True)
class Focus:
    """The element that has the focus; `box` is left, top, right, bottom on the page."""

    place: int
    name: str
    tag: str
    outline: float
    in_view: bool
    is_covered: bool
    box: tuple[float, float, float, float]
    is_fixed: bool

    @property
    def is_seen(self) -> bool:
        """Say whether a person sees where the focus is: an outline of at least 2 px around something that is in view."""
        return self.outline >= 2 and self.in_view and not self.is_covered


def focused(page: Page) -> Focus | None:
    """Return what has the focus, None when nothing has."""
    found: dict[str, Any] | None = page.evaluate(_FOCUSED)
    if found is None:
        return None
    left, top, right, bottom = found["box"]
    return Focus(
        place=found["place"],
        name=found["name"],
        tag=found["tag"],
        outline=found["outline"],
        in_view=found["inView"],
        is_covered=found["covered"],
        box=(left, top, right, bottom),
        is_fixed=found["isFixed"],
    )


def walk(page: Page, *, most: int = 400) -> list[Focus]:
    """Press Tab on a page that was just loaded until the focus leaves it; return the stops in their order."""
    stops: list[Focus] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = focused(page)
        if stop is None or (stops and stop.place == stops[0].place):
            return stops
        stops.append(stop)
    raise AssertionError(f"the focus never leaves {page.url}")


def controls(page: Page) -> list[int]:
    """Return the places in the document of everything that can be pressed or filled in."""
    found: list[int] = page.evaluate(_CONTROLS)
    return found


def tab_to(page: Page, name: str, *, tag: str = "", most: int = 200) -> Focus:
    """Press Tab until what is called `name` has the focus; fail when the focus cannot be seen on the way."""
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = focused(page)
        if stop is None:
            continue
        assert stop.is_seen, f"on {page.url} the focus is not seen: {stop}"
        if name.lower() in stop.name.lower() and tag in {"", stop.tag}:
            return stop
    raise AssertionError(f"Tab never reaches {name} on {page.url}")


def backwards(stops: list[Focus]) -> list[str]:
    """Return the steps that go against the reading order: back in the document, or up without going on to a column at the right."""
    found = []
    for before, after in itertools.pairwise(stops):
        goes_up = after.box[3] <= before.box[1] + 1 and after.box[0] < before.box[2] - 1
        is_free = before.is_fixed or after.is_fixed
        if after.place < before.place or (goes_up and not is_free):
            found.append(f"{before.name} → {after.name}")
    return found
