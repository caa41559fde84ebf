"""Figures are drawn when they come into view: draw them all before a page is looked at as a whole."""

from playwright.sync_api import Page


def draw_figures(page: Page) -> None:
    """Bring every figure into view, where it is drawn, and wait until each fills its place at the page's width."""
    for figure in page.locator("[data-figure]").all():
        if figure.is_visible():
            figure.scroll_into_view_if_needed()
    page.wait_for_function(
        """() => [...document.querySelectorAll("[data-figure]")].every(plot => {
          const drawn = plot.querySelector(".main-svg");
          return !plot.checkVisibility() ||
            (drawn && Math.abs(drawn.getBoundingClientRect().width - plot.getBoundingClientRect().width) < 2);
        })"""
    )
    page.evaluate("scrollTo(0, 0)")
