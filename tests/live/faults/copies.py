"""Checked uploads without their checks: rows of one stored file, for tests whose subject is what comes after."""

from agora.core.refs import new_ref
from tests.live.site import LiveSite

_COPIED = (
    *("state", "filename", "declared_bytes", "size_bytes", "sha256", "storage_key", "received_at", "checked_at"),
    *("report", "phase_id"),
)


def copy_of(site: LiveSite, upload: str, handle: str) -> str:
    """Give the team of a visitor another row of a stored and checked file, and return its ref: the check is paid once."""
    ref = new_ref()
    site.query(
        "INSERT INTO submissions_upload (ref, team_id, uploaded_by_id, priority, attempt, owner, error_code, incident,"
        f" {', '.join(_COPIED)}) SELECT %s, m.team_id, m.user_id, 0, 1, '', '', '', {', '.join(f'u.{name}' for name in _COPIED)}"
        " FROM submissions_upload u, competitions_membership m JOIN accounts_user p ON p.id = m.user_id"
        " WHERE u.ref = %s AND p.handle = %s",
        ref,
        upload,
        handle,
    )
    assert site.query("SELECT state FROM submissions_upload WHERE ref = %s", ref) == [("ready",)]
    return ref
