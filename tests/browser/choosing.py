"""Choose a file as a person does, large ones without carrying their bytes through the debugger."""

from playwright.sync_api import Page

_CHOOSE = """([name, size]) => {
  const chosen = new DataTransfer(), input = document.querySelector("#file");
  chosen.items.add(new File([new Uint8Array(size)], name, {type: "text/csv"}));
  input.files = chosen.files;
  for (const kind of ["input", "change"]) input.dispatchEvent(new Event(kind, {bubbles: true}));
}"""


def choose(page: Page, name: str, content: bytes) -> None:
    """Choose a file of these bytes."""
    page.set_input_files("#file", {"name": name, "mimeType": "text/csv", "buffer": content})


def choose_large(page: Page, name: str, size: int) -> None:
    """Choose a file of so many zeros, which the page itself makes: 16 MB take seconds on the way to the browser."""
    page.evaluate(_CHOOSE, [name, size])
