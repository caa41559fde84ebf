"""Build networks: backbone × neck × heads, each chosen by the `[model]` table of a recipe.

`baselines.models.build` puts them together. This file imports nothing, so that names of keys can be read without PyTorch.
"""
