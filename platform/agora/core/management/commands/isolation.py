"""`manage.py isolation`: let a child try to escape on this machine and print what stopped it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from agora.core.confinement import Confinement
from agora.core.escapes import ESCAPES, GOT_THROUGH, confined, world
from agora.core.isolation import isolation


class Command(BaseCommand):
    """Try every known way out of a child's confinement; exit status 1 when one got through that should not."""

    help = "Try every known way out of the confinement of children on this machine and print what stopped it."

    def handle(self, **_: Any) -> None:
        """Print a line for each attempt and what this kernel holds a child to."""
        walls = isolation()
        self.stdout.write(f"Children here: {walls.means}.")
        broken = 0
        for escape in ESCAPES:
            with world() as target:
                told = confined(escape, target, Confinement())
            is_stopped, is_promised = told in escape.errors, walls.holds(escape.claim)
            broken += is_promised and not is_stopped
            verdict = "stopped" if is_stopped else "NOT STOPPED" if told == GOT_THROUGH else "UNCLEAR"
            self.stdout.write(f"{verdict:<12} {escape.name:<45} {told}{'' if is_promised else '  (not promised here)'}")
        for claim in walls.not_held:
            self.stdout.write(f"Not held here: that a child {claim}.")
        if broken:
            raise CommandError(f"{broken} attempts were not stopped that this kernel should stop")
