"""What tests of backups and of recomputing do to a site."""

from pathlib import Path

from agora.competitions.models import Phase
from agora.submissions import services as submissions
from agora.submissions.models import Submission
from tests.agora import factories

TRUTH = factories.make_truth(private_from=3)


def enter(phase: Phase, content: bytes) -> Submission:
    user = factories.make_member(phase.competition)
    return submissions.submit(factories.make_stored_upload(phase, user, content), user, note="A note.")


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
