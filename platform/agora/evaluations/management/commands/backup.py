"""Write a backup of database and store."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agora.core.backups import BackupError, RefusedError
from agora.core.dumping import DumpError
from agora.core.words import size
from agora.evaluations.restoring import back_up


class Command(BaseCommand):
    help = (
        "Write everything that the site holds to the new folder DIR, while it runs. Exit status 0: whole; "
        "1: something could not be read, and nothing is left; 2: the call is refused. DIR holds people's data and ground truth."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path, help="a folder that does not exist yet")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = options["folder"].absolute()
        try:
            manifest = back_up(folder)
        except RefusedError as error:
            raise CommandError(str(error), returncode=2) from error
        except (BackupError, DumpError) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{folder}: {error.strerror}") from error
        found = manifest["objects"]
        self.stdout.write(f"{folder}: the database and {found['count']:,} objects, {size(found['bytes'])}.")
        if manifest["audit"]["broken_at"] is not None:
            self.stderr.write(
                f"The audit chain is broken at event {manifest['audit']['broken_at']}; it is kept as it is."
            )
