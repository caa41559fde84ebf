"""What can be wrong with an upload or a submission, each with its code and status."""

from agora.core.errors import ConflictError, NotAllowedError, ParticipantError


class PhaseClosedError(NotAllowedError):
    """The phase takes no entries at this time."""

    code = "phase_closed"


class NoGroundTruthError(NotAllowedError):
    """This site holds no ground truth for the phase, so nothing can be checked or scored here."""

    code = "no_ground_truth"


class TooLargeError(ParticipantError):
    """The file is larger than the site takes; the limit is in the data as `limit_bytes`."""

    code = "too_large"
    status = 413


class EmptyFileError(ParticipantError):
    """There is nothing in the file."""

    code = "empty_file"


class TruncatedUploadError(ParticipantError):
    """Fewer or more bytes arrived than were announced."""

    code = "truncated"


class TooSlowError(ParticipantError):
    """The body came more slowly than this site waits for."""

    code = "too_slow"
    status = 408


class StorageFullError(ParticipantError):
    """Our disk is full."""

    code = "storage_full"
    status = 507


class TooManyPendingError(ConflictError):
    """So many files of the team are being received and checked that another has to wait."""

    code = "too_many_pending"


class AllowanceExceededError(NotAllowedError):
    """The team's files hit the limits of scoring too often on this UTC day."""

    code = "allowance_exceeded"
    status = 429
