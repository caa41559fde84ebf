"""What can go wrong while the stack is started, as errors whose text tells the operator what to do."""


class SupervisorError(Exception):
    """Report a failure of the stack to the operator; the text says what happened and how to mend it."""


class DeadlineError(SupervisorError):
    """Report that a condition did not come true in time."""


class StopRequestedError(SupervisorError):
    """Leave the start-up early because the operator asked for the end."""
