"""Write uploads and submissions: intake, the free check, entering for scoring, cancelling."""

from agora.submissions.checking import check_next, reap_checks
from agora.submissions.entries import cancel, submit, submit_baseline
from agora.submissions.intake import create_upload, discard_upload, receive_upload
from agora.submissions.orphans import remove_orphans

__all__ = [
    "cancel",
    "check_next",
    "create_upload",
    "discard_upload",
    "reap_checks",
    "receive_upload",
    "remove_orphans",
    "submit",
    "submit_baseline",
]
