"""Turn the Markdown that organisers write into HTML without scripts, styles or foreign pictures."""

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

# No raw HTML in, so that what is escaped stays escaped; nh3 then keeps only what is listed, whatever the parser let through.
_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")
_TAGS = {"a", "p", "h3", "h4", "ul", "ol", "li", "em", "strong", "code", "pre", "blockquote", "hr", "br"}
_TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}


def to_html(text: str) -> SafeString:
    """Return sanitised HTML; headings start at the third level, below the page's own."""
    tokens = _PARSER.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(4, int(token.tag[1]) + 2)}"
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    clean = nh3.clean(
        html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"}, link_rel="noopener"
    )
    return mark_safe(clean)  # noqa: S308 - nh3 has just removed everything that is not listed above
