"""Run axe-core on a page as it stands: serious and critical findings, in words.

The library comes from the package axe-playwright-python and goes in through the debugger, which the page's policy does not bind.
"""

from importlib.resources import files

from playwright.sync_api import Page

_SOURCE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
_RUN = """async () => {
  const options = {resultTypes: ["violations"], rules: {"target-size": {enabled: true}}};
  const found = await axe.run(document, options);
  return found.violations.filter(one => ["serious", "critical"].includes(one.impact)).map(one =>
    `${one.id} (${one.impact}): ` + one.nodes.slice(0, 4).map(node =>
      `${node.target.join(" ")} ${node.html.slice(0, 160)} ${node.any.map(check => check.message).join("; ").slice(0, 200)}`
    ).join(" | "));
}"""


def findings(page: Page) -> list[str]:
    """Return one line for each serious or critical rule that the page breaks."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_SOURCE)
    found: list[str] = page.evaluate(_RUN)
    return found
