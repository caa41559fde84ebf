"""Keep cells of exported tables from being run as formulas by a spreadsheet."""

_STARTS = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(text: str) -> str:
    """Return the text, led by an apostrophe if a spreadsheet would take it for a formula; numbers stay as they are.

    Examples
    --------
    >>> safe_cell("=HYPERLINK(1)"), safe_cell("-0.5"), safe_cell("Heron")
    ("'=HYPERLINK(1)", '-0.5', 'Heron')
    """
    if not text.startswith(_STARTS):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text
