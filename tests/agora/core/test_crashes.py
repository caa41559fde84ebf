"""What is told of a crash: places and classes that exist, and not a word of the child's own."""

import json
from pathlib import Path

import pytest

from agora.core.crashes import places

ROOTS = [str(Path(json.__file__).parent)]
_FRAME = f'  File "{Path(json.__file__)}", line 2, in loads\n'


def test_a_real_place_and_class_are_told() -> None:
    assert places(f"Traceback\n{_FRAME}ValueError: pid-0815", ROOTS) == "ValueError < __init__.py:2 loads"


def test_an_inner_place_comes_first() -> None:
    inner = f'  File "{json.decoder.__file__}", line 3, in decode\n'

    assert places(f"{_FRAME}{inner}json.decoder.JSONDecodeError: x", ROOTS) == (
        "JSONDecodeError < decoder.py:3 decode < __init__.py:2 loads"
    )


@pytest.mark.parametrize(
    "lie",
    [
        '  File "pid-0815.py", line 2, in loads',
        f'  File "{json.__file__}", line 2, in pid0815',
        f'  File "{json.__file__}", line 999999, in loads',
        f'  File "{json.__file__}\x1b[2J", line 2, in loads',
        f'  File "{json.__file__}\0.py", line 2, in loads',
        f'  File "{json.__file__}{"x" * 5000}.py", line 2, in loads',
        f'  File "{Path(json.__file__).parent}/../../pid0815.py", line 1, in <module>',
        f'  File "{__file__}", line 2, in places',
        "Pid0815Error: one",
        "pid-0815",
        "\x1b]0;pid-0815\x07",
        "",
    ],
)
def test_what_a_child_makes_up_is_not_told(lie: str) -> None:
    assert places(lie, ROOTS) == ""
    assert places(f"{_FRAME}{lie}\n", ROOTS) == "__init__.py:2 loads"


def test_the_last_places_of_a_long_traceback_are_told() -> None:
    assert places(_FRAME * 10_000, ROOTS).count("loads") == 6
