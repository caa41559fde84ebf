"""What can be wrong with a run that a person starts or changes, each with its code and status."""

from agora.core.errors import ConflictError, NotAllowedError, ParticipantError


class RunFieldError(ParticipantError):
    """A field of the form cannot be used; `field` is in the data."""

    code = "field"


class RunQuotaError(NotAllowedError):
    """The organiser's runs of this UTC day are used up; `resets_at` is in the data."""

    code = "quota_exceeded"
    status = 429


class RunStateError(ConflictError):
    """The run is not in a state in which this can be done."""

    code = "wrong_state"


class CannotRunError(ConflictError):
    """Nothing can be run in this competition; the message says what is missing."""

    code = "cannot_run"
