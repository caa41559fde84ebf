import subprocess
import sys
from typing import Any

import pytest

from baselines.catalogue import overridden, recipe
from baselines.fields import Kinds, Rows, Table, Value
from baselines.schema import RecipeError, check_overrides


def test_values_are_read_as_toml_and_bare_words_as_text() -> None:
    found = check_overrides(
        recipe("bot_r50"),
        ["train.optim.lr=1e-4", "test.inference.flip=sum", "train.schedule.milestones=[3, 4]", "data.size = [64, 32]"],
    )

    assert found == {
        "train.optim.lr": 1e-4,
        "test.inference.flip": "sum",
        "train.schedule.milestones": [3, 4],
        "data.size": [64, 32],
    }


def test_an_override_changes_one_value_and_leaves_the_catalogue_alone() -> None:
    before = recipe("bot_r50").table["train"]["optim"]["lr"]

    changed = overridden(recipe("bot_r50"), ["train.optim.lr=0.01"])

    assert changed.table["train"]["optim"] == {**recipe("bot_r50").table["train"]["optim"], "lr": 0.01}
    assert recipe("bot_r50").table["train"]["optim"]["lr"] == before


@pytest.mark.parametrize("key", ["train.losses.triplet.margin", "train.losses.1.margin"])
def test_rows_are_named_by_kind_or_index(key: str) -> None:
    assert overridden(recipe("bot_r50"), [f"{key}=0.7"]).table["train"]["losses"][1]["margin"] == 0.7


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("train.optm.lr=1", 'did you mean "train.optim.lr"?'),
        ("train.optim.lrr=1", 'did you mean "train.optim.lr"?'),
        ("optim.lr=1", 'unknown key "optim.lr"'),
        ("train.optim.lr=99", "train.optim.lr must be 0 to 10, not 99"),
        ("train.optim.lr=fast", "must be a number, not 'fast'"),
        ("train.optim.nesterov=1", "must be a boolean"),
        ("train.sampler.p=true", "must be a whole number, not True"),
        ("train.optim.kind=adm", 'did you mean "adam"?'),
        ("train.losses.tripletx.margin=1", "there are ce, triplet"),
        ("train.losses.7.margin=1", '"7" is not there'),
        ("train.losses.ce=1", "is a table; name one of its keys"),
        ("model.backbone=1", "is a table; name one of its keys"),
        ("train.optim.lr.x=1", "lr has no keys"),
        ("data.size=[1, 2, 3]", "must be a list of 2 values"),
        ("train.optim.lr", "write key=value"),
        ("train.sampler.kind=random", "train.sampler.batch is missing"),
    ],
)
def test_what_the_schema_refuses_is_named(line: str, told: str) -> None:
    with pytest.raises(RecipeError) as caught:
        check_overrides(recipe("bot_r50"), [line])

    assert told in str(caught.value)


def test_two_rows_of_one_kind_need_an_index() -> None:
    with pytest.raises(RecipeError, match="names several rows; give an index"):
        check_overrides(recipe("mgn_r50_ibn"), ["train.losses.ce.weight=1"])


def test_recipes_that_learn_nothing_have_no_keys() -> None:
    with pytest.raises(RecipeError, match='"random" learns nothing'):
        check_overrides(recipe("random"), ["train.optim.lr=1"])


@pytest.mark.parametrize(
    ("node", "value", "faults"),
    [
        (Value(int, 1, 3), 4, ["x must be 1 to 3, not 4"]),
        (Value(int, 1), 0, ["x must be 1 or more, not 0"]),
        (Value(float, None, 3), 4, ["x must be 3 or less, not 4"]),
        (Value(float, 0), float("nan"), ["x must be 0 or more, not nan"]),
        (Value(float, count=-1), [1, 2.5], []),
        (Value(float, count=-1), [1, "a"], ["x.1 must be a number, not 'a'"]),
        (Table({"a": Value(int)}, frozenset({"a"})), {"b": 1}, ['unknown key "x.b" (there are a)', "x.a is missing"]),
        (Table({}), 3, ["x must be a table"]),
        (Rows(Table({}), least=1), [], ["x must be a list of at least 1 tables"]),
        (Kinds({"a": Table({})}), {"kind": "a", "z": 1}, ['unknown key "x.z" (there are kind)']),
    ],
)
def test_faults_of_each_kind_of_node(node: Any, value: Any, faults: list[str]) -> None:
    assert node.faults(value, "x") == faults


def test_the_schema_loads_no_learning_framework() -> None:
    code = "import sys, baselines.schema; sys.exit(bool({'torch', 'timm', 'PIL', 'faiss', 'numpy'} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
