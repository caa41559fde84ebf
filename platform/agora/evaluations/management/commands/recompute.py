"""Score stored files again and compare."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agora.evaluations.recomputing import recompute, scored_evaluations


class Command(BaseCommand):
    help = (
        "Score entries once more from their stored files and compare every bit with what is stored; nothing is changed. "
        "Exit status 0: all the same; 1: something differs; 2: the call names nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("refs", metavar="REF", nargs="*", help="references of entries or evaluations")
        parser.add_argument("--all", action="store_true", help="every scored entry")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["refs"]) == options["all"]:
            raise CommandError("Name entries or evaluations, or give --all.", returncode=2)
        ends: Counter[str] = Counter()
        for evaluation in scored_evaluations(options["refs"]):
            found = recompute(evaluation)
            end = "skipped" if found.is_skipped else "different" if found.differs else "same"
            ends[end] += 1
            if end != "same":
                why = "scored by another revision of the scorer" if found.is_skipped else ", ".join(found.differs)
                self.stdout.write(f"{found.ref}: {end}: {why}")
        if not ends and options["refs"]:
            raise CommandError("No scored entry has such a reference.", returncode=2)
        self.stdout.write(f"{ends['same']} the same, {ends['different']} different, {ends['skipped']} skipped.")
        if ends["different"]:
            raise CommandError("Stored scores are not those of their files.")
