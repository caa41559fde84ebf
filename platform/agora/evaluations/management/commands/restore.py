"""Bring a backup into an empty place."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agora.core.backups import BackupError, RefusedError, verify_backup
from agora.core.dumping import DumpError
from agora.evaluations.restoring import restore


class Command(BaseCommand):
    help = (
        "Load the backup in DIR into an empty database and an empty store (a fresh site that was only started). Exit status 0: "
        "all is here and whole; 1: the backup is damaged or could not be loaded; 2: refused, nothing was changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path, help="a folder that `backup` wrote")
        parser.add_argument(
            "--verify", action="store_true", help="only read the backup against its SHA-256, load nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder = options["folder"].absolute()
        try:
            manifest = verify_backup(folder) if options["verify"] else restore(folder)
        except RefusedError as error:
            raise CommandError(str(error), returncode=2) from error
        except (BackupError, DumpError) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{folder}: {error.strerror}") from error
        done = "is whole" if options["verify"] else "is restored"
        count = manifest["objects"]["count"]
        self.stdout.write(f"The backup of {manifest['made_at']} {done}: the database and {count:,} objects.")
