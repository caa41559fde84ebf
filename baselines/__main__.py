"""Run a recipe from the command line; progress is JSON, one event a line, for people and for the site's workers."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from baselines.catalogue import RecipeError, additions, recipe, recipes

FINE, WRONG_CALL = 0, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0 fine, 1 failed run, 2 wrong call or unusable data, 143 stopped."""
    options = _parser().parse_args(arguments)
    if options.command == "list":
        return _list()
    if options.command == "describe":
        return _describe(options.recipe)
    return _command(options)(options)


def _command(options: argparse.Namespace) -> Callable[[argparse.Namespace], int]:
    """Return what does the command.

    Listing recipes must stay quick, and recipes that learn nothing run where PyTorch is not installed. So what reads images
    is imported by the other commands alone, and what loads PyTorch where there is a network.
    """
    from baselines import plain  # noqa: PLC0415

    without = {"train": plain.train_command, "rank": plain.rank_command}
    if options.command in without and not plain.needs_network(options):
        return without[options.command]
    # Threads that wait for one another must sleep: with as many of them as cores, another busy process costs a training that
    # waits awake nine tenths of its speed. OpenMP reads this when PyTorch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        from baselines import audit, commands, comparing  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        return plain.refuse_without_pytorch
    return {
        "train": commands.train_command,
        "extract": commands.extract_command,
        "rank": commands.rank_command,
        "profile": commands.profile_command,
        "audit": audit.audit_command,
        "compare": comparing.compare_command,
    }[options.command]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m baselines", description="Run the field's methods on a release.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="list the recipes")
    commands.add_parser("describe", help="show a recipe's card").add_argument("recipe", metavar="RECIPE")

    _add_run(commands)
    _add_answers(commands)
    profile = commands.add_parser("profile", help="tell a network's parameters, GMACs and feature lengths")
    profile.add_argument("recipe", metavar="RECIPE")
    profile.add_argument(
        "--classes", type=int, default=751, metavar="C", help="training identities (751, Market-1501's)"
    )
    profile.add_argument(
        "--measure", type=float, default=0.0, metavar="SECONDS", help="images a second too, for so long a measurement"
    )
    profile.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"), help="where to measure")
    _add_set(profile)

    audit = commands.add_parser("audit", help="hold a trained network against AG-Synth's two bars for one")
    audit.add_argument("run", metavar="RUN_DIR", help="folder of a trained run")
    audit.add_argument("--data", type=Path, required=True, metavar="DIR", help="a release, with its hidden folder")
    _add_machine(audit)

    compare = commands.add_parser("compare", help="tell what one run changes against another, where labels are known")
    compare.add_argument("run", metavar="RUN_DIR", help="folder of a trained run; RUN_DIR+rerank adds a step")
    compare.add_argument("other", metavar="RUN_DIR", help="the run that it is compared with")
    compare.add_argument("--data", type=Path, required=True, metavar="DIR", help="a release, with its hidden folder")
    _add_machine(compare)
    return parser


def _add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    train = commands.add_parser("train", help="train a recipe")
    train.add_argument("recipe", metavar="RECIPE", help="slug, with additions as in bot_r50+rerank")
    train.add_argument("--data", type=Path, required=True, metavar="DIR", help="a release's public folder")
    train.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the run")
    train.add_argument("--seed", type=int, default=0, metavar="S", help="seed of everything drawn at random (0)")
    train.add_argument("--resume", action="store_true", help="go on with the run that is there")
    train.add_argument(
        "--spent",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="computing time of earlier attempts, where one was killed behind its last checkpoint (0)",
    )
    _add_set(train)
    _add_machine(train)


def _add_answers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    extract = commands.add_parser("extract", help="write features as .npz (image_ids, features)")
    extract.add_argument("run", metavar="RUN_DIR", help="folder of a trained run")
    extract.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with images.csv and images/")
    extract.add_argument("--out", type=Path, required=True, metavar="FILE", help=".npz to write")
    _add_machine(extract)

    run = commands.add_parser("rank", help="write a ranking of a release's test or val folder")
    run.add_argument(
        "recipe",
        metavar="RECIPE|RUN_DIR",
        help="a trained run (RUN_DIR+rerank too), or the slug of a recipe that learns nothing",
    )
    run.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with images.csv and images/")
    run.add_argument("--out", type=Path, required=True, metavar="FILE", help="CSV query_id,gallery_ids to write")
    run.add_argument("--seed", type=int, metavar="S", help="seed of recipes that draw at random (the run's, or 0)")
    run.add_argument(
        "--fuse", action="append", default=[], metavar="RUN_DIR", help="average with another run's distances"
    )
    _add_machine(run)


def _add_set(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="override a key, as in train.optim.lr=1e-4"
    )


def _add_machine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where to compute (auto)")
    parser.add_argument(
        "--cache", type=Path, metavar="DIR", help="keep decoded pixels here, for other runs (default: not kept)"
    )


def _list() -> int:
    width = max(len(item.slug) for item in recipes())
    for item in recipes():
        print(f"{item.slug.ljust(width)}  {item.title}: {item.card['summary']}")
    for addition in additions():
        print(f"{('+' + addition.slug).ljust(width)}  {addition.card['post']}")
    return FINE


def _describe(slug: str) -> int:
    try:
        chosen = recipe(slug)
    except RecipeError as error:
        print(f"baselines: {error}", file=sys.stderr)
        return WRONG_CALL
    print(f"{chosen.title} ({chosen.slug})")
    print(f"facets: {', '.join(chosen.facets) or 'none: plain protocol'}")
    for key, value in chosen.card.items():
        print(f"{key}: {value}")
    return FINE


if __name__ == "__main__":
    sys.exit(main())
