"""Bring hidden annotations to a competition."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agora.competitions.models import Competition
from agora.evaluations.services import GroundTruthError, import_annotations


class Command(BaseCommand):
    help = (
        "Make FILE the hidden ground truth of COMPETITION: a new version, by which every phase is scored from now on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("competition", metavar="COMPETITION", help="slug of the competition")
        parser.add_argument(
            "file", metavar="FILE", type=Path, help="track,role,image_id,pid,camid[,split] as CSV or Parquet"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        competition = Competition.objects.filter(slug=options["competition"]).first()
        if competition is None:
            raise CommandError(f"there is no competition {options['competition']!r}")
        try:
            truth = import_annotations(competition, options["file"])
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        except GroundTruthError as error:
            raise CommandError(f"{options['file']}:\n{error}") from error
        self.stdout.write(f"{competition.slug}: ground truth version {truth.version}, sha256 {truth.sha256}")
