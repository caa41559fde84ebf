"""Read pages as a person does: their forms and links, not their layout."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """A form with the values that it would send as it stands."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """The forms, links and text of one HTML page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.text = ""
        self._is_in_form = False
        self.feed(html)

    def form(self, action: str) -> Form:
        """Return the form whose address contains `action`; fail with the forms that are there."""
        for form in self.forms:
            if action in form.action:
                return form
        raise AssertionError(
            f"no form for {action!r}; forms: {[form.action for form in self.forms]}; text: {self.text}"
        )

    def link(self, part: str) -> str:
        """Return the address of the first link that contains `part`."""
        for link in self.links:
            if part in link:
                return link
        raise AssertionError(f"no link with {part!r}; links: {self.links}; text: {self.text}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect forms, their fields, and links."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
            self._is_in_form = True
        elif tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "input" and self._is_in_form and "name" in given:
            is_unticked = given.get("type") in {"checkbox", "radio"} and "checked" not in given
            if not is_unticked:
                self.forms[-1].fields[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a form."""
        if tag == "form":
            self._is_in_form = False

    def handle_data(self, data: str) -> None:
        """Collect the text, one space between its parts."""
        self.text = " ".join([self.text, *data.split()])
