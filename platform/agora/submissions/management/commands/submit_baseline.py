"""Enter a ranking that one of our recipes made."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agora.competitions.models import Phase
from agora.core.errors import ParticipantError
from agora.submissions.services import submit_baseline
from baselines.catalogue import recipes


class Command(BaseCommand):
    help = (
        "Enter FILE, made by RECIPE, into COMPETITION as a platform-run entry: checked now, then scored like any other."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("competition", metavar="COMPETITION", help="slug of the competition")
        parser.add_argument("recipe", metavar="RECIPE", help="slug of the recipe, see python -m baselines list")
        parser.add_argument("file", metavar="FILE", type=Path, help="the submission file")
        parser.add_argument("--phase", metavar="SLUG", help="the phase; the first one if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        phases = Phase.objects.filter(competition__slug=options["competition"]).order_by("position", "pk")
        phase = (phases.filter(slug=options["phase"]) if options["phase"] else phases).first()
        if phase is None:
            raise CommandError(f"there is no such phase in {options['competition']!r}")
        recipe = {recipe.slug: recipe for recipe in recipes()}.get(options["recipe"])
        if recipe is None:
            raise CommandError(f"there is no recipe {options['recipe']!r}")
        try:
            entry = submit_baseline(
                phase,
                recipe=recipe.slug,
                file=options["file"],
                title=recipe.title,
                card=recipe.card,
                facets=recipe.facets,
            )
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        except ParticipantError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{options['competition']}/{phase.slug}: entered {recipe.slug} as {entry.ref}")
