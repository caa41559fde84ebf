"""What is remembered, and what happens when nothing can be."""

import pytest

from agora.core.cache import JSONSerializer, remembered


def test_a_value_is_computed_once() -> None:
    calls: list[int] = []

    def compute() -> dict[str, object]:
        calls.append(1)
        return {"a": (1, 2), "b": None}

    key = ["test_a_value_is_computed_once", 7]
    first = remembered("test", key, compute, seconds=60)
    second = remembered("test", key, compute, seconds=60)

    assert first == second == {"a": [1, 2], "b": None}
    assert len(calls) == 1


def test_keys_that_look_alike_differ() -> None:
    assert remembered("test", ["a", "bc"], lambda: 1, seconds=60) == 1
    assert remembered("test", ["ab", "c"], lambda: 2, seconds=60) == 2


def test_without_a_cache_the_value_is_computed(settings: object, caplog: pytest.LogCaptureFixture) -> None:
    default = settings.CACHES["default"]  # type: ignore[attr-defined]
    settings.CACHES = {"default": {**default, "LOCATION": "redis://127.0.0.1:1/1"}}  # type: ignore[attr-defined]

    assert remembered("test", ["gone"], lambda: [1], seconds=60) == [1]
    assert "cache unreachable" in caplog.text


def test_integers_stay_integers_and_nothing_is_unpickled() -> None:
    serializer = JSONSerializer()

    assert serializer.dumps(3) == 3
    assert serializer.loads(serializer.dumps({"a": [1]})) == {"a": [1]}  # type: ignore[arg-type]
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the reader says, it does not run it
        serializer.loads(b"\x80\x04cos\nsystem\n.")
