"""Make a competition of a challenge pack, or bring its texts up to date."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agora.competitions.services import PackConflictError, create_competition_from_pack
from challenges import ChallengeError, load


class Command(BaseCommand):
    help = "Create the competition of CHALLENGE, or update its texts; slugs, formats and protocols in use never change."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("challenge", metavar="CHALLENGE", help="slug of a pack, or a folder with challenge.toml")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            competition = create_competition_from_pack(load(options["challenge"]))
        except (ChallengeError, PackConflictError) as error:
            raise CommandError(str(error)) from error
        phases = ", ".join(competition.phases.values_list("slug", flat=True))
        self.stdout.write(f"{competition.slug}: {competition.title}; phases {phases}")
