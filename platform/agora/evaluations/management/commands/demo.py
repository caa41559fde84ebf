"""Make the demo content, or what is missing of it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agora.competitions.services import PackConflictError, ReleaseError
from agora.evaluations.demo import DemoError, make_demo
from agora.evaluations.services import GroundTruthError


class Command(BaseCommand):
    help = "Render AG-Synth, load both competitions, run and enter two baselines, make accounts; what is there stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--identities", type=int, help="people in each part of AG-Synth (default: the pack's)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            make_demo(identities=options["identities"], say=self.stdout.write)
        except (DemoError, GroundTruthError, PackConflictError, ReleaseError) as error:
            raise CommandError(str(error)) from error
