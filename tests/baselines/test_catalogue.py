import subprocess
import sys
from pathlib import Path

import pytest

from baselines.catalogue import FOLDER, RecipeError, read_recipe, recipe, recipes


def test_every_file_of_the_folder_is_a_recipe() -> None:
    assert [item.slug for item in recipes()] == sorted(path.stem for path in FOLDER.glob("*.toml"))
    assert {"colour_texture", "random"} <= {item.slug for item in recipes()}


def test_recipes_without_learning_follow_the_plain_protocol() -> None:
    assert recipe("colour_texture").facets == ()
    assert recipe("random").facets == ()


def test_unknown_recipe_names_the_nearest() -> None:
    with pytest.raises(RecipeError, match="colour_texture"):
        recipe("color_texture")


def test_all_faults_of_a_recipe_are_named(tmp_path: Path) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(
        'slug = "odd"\ntitle = 3\nkidn = "random"\nfacets = []\nneeds_gpu = false\n[card]\n', encoding="utf-8"
    )

    with pytest.raises(RecipeError) as caught:
        read_recipe(path)

    assert '"kidn" (did you mean "kind"?)' in str(caught.value)
    assert '"kind" is missing' in str(caught.value)
    assert '"title" must be a str' in str(caught.value)


@pytest.mark.parametrize(
    ("line", "fault"),
    [('kind = "magic"', 'unknown kind "magic"'), ('facets = ["rerankk"]', "rerank"), ('slug = "other"', "file's name")],
)
def test_values_are_checked(tmp_path: Path, line: str, fault: str) -> None:
    fields = {"slug": '"odd"', "title": '"Odd"', "kind": '"random"', "facets": "[]", "needs_gpu": "false"}
    key, _, value = line.partition(" = ")
    fields[key] = value
    path = tmp_path / "odd.toml"
    path.write_text("\n".join(f"{key} = {value}" for key, value in fields.items()) + "\n[card]\n", encoding="utf-8")

    with pytest.raises(RecipeError, match=fault):
        read_recipe(path)


def test_text_that_is_no_toml_is_named(tmp_path: Path) -> None:
    path = tmp_path / "odd.toml"
    path.write_text("slug = ", encoding="utf-8")

    with pytest.raises(RecipeError, match=r"odd\.toml"):
        read_recipe(path)


def test_catalogue_loads_neither_torch_nor_image_code() -> None:
    code = "import sys, baselines.catalogue; sys.exit(bool({'torch', 'timm', 'PIL', 'faiss'} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
