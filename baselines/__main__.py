"""Run a recipe from the command line; progress is JSON, one event a line, for people and for the site's workers."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from baselines.catalogue import RecipeError, recipe, recipes

FINE, WRONG_CALL = 0, 2
_EVERY = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0 fine, 2 wrong call or unusable data."""
    options = _parser().parse_args(arguments)
    if options.command == "list":
        width = max(len(item.slug) for item in recipes())
        for item in recipes():
            print(f"{item.slug.ljust(width)}  {item.title}: {item.card['summary']}")
        return FINE
    try:
        return _describe(options.recipe) if options.command == "describe" else _rank(options)
    except RecipeError as error:
        print(f"baselines: {error}", file=sys.stderr)
        return WRONG_CALL


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m baselines", description="Run the field's methods on a release.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="list the recipes")
    commands.add_parser("describe", help="show a recipe's card").add_argument("recipe", metavar="RECIPE")
    run = commands.add_parser("rank", help="write a ranking of a release's test or val folder")
    run.add_argument("recipe", metavar="RECIPE")
    run.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with images.csv and images/")
    run.add_argument("--out", type=Path, required=True, metavar="FILE", help="CSV query_id,gallery_ids to write")
    run.add_argument("--seed", type=int, default=0, metavar="S", help="seed of recipes that draw at random (0)")
    return parser


def _describe(slug: str) -> int:
    chosen = recipe(slug)
    print(f"{chosen.title} ({chosen.slug})")
    print(f"facets: {', '.join(chosen.facets) or 'none: plain protocol'}")
    for key, value in chosen.card.items():
        print(f"{key}: {value}")
    return FINE


def _rank(options: argparse.Namespace) -> int:
    chosen = recipe(options.recipe)
    if chosen.learns:
        raise RecipeError(f'"{chosen.slug}" has to learn first: train it, then rank with the run\'s folder')
    # Listing recipes must stay quick, so what reads images is loaded by this command alone.
    from baselines.images import DataError, read_images  # noqa: PLC0415
    from baselines.ranking import rank, write_ranking  # noqa: PLC0415

    try:
        images = read_images(options.data)
        _say(event="started", recipe=chosen.slug, tracks=list(images.manifest.tracks))
        orders = rank(chosen, images, seed=options.seed, progress=_progress)
        count = write_ranking(orders, options.out)
    except DataError as error:
        print(f"baselines: {error}", file=sys.stderr)
        return WRONG_CALL
    _say(event="written", file=str(options.out), queries=count)
    return FINE


def _progress(done: int, total: int) -> None:
    if done == total or done % _EVERY == 0:
        _say(event="progress", done=done, total=total)


def _say(**fields: object) -> None:
    print(json.dumps(fields), flush=True)


if __name__ == "__main__":
    sys.exit(main())
