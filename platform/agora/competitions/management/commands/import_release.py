"""Offer the files of a release to participants."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agora.competitions.models import Competition
from agora.competitions.services import ReleaseError, import_release
from agora.core.words import size


class Command(BaseCommand):
    help = "Store what lies under FOLDER/public and offer it on the data page; what has not changed stays as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("competition", metavar="COMPETITION", help="slug of the competition")
        parser.add_argument("folder", metavar="FOLDER", type=Path, help="a release, with its files under public/")

    def handle(self, *args: Any, **options: Any) -> None:
        competition = Competition.objects.filter(slug=options["competition"]).first()
        if competition is None:
            raise CommandError(f"there is no competition {options['competition']!r}")
        try:
            files = import_release(competition, options["folder"])
        except (ReleaseError, OSError) as error:
            raise CommandError(str(error)) from error
        for file in files:
            self.stdout.write(f"{file.name}  {size(file.size_bytes)}  sha256 {file.sha256}")
