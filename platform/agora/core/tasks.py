"""Housekeeping that belongs to no area."""

from importlib import import_module

from django.conf import settings

from agora.core.queue import task


@task
def clear_sessions() -> None:
    """Remove the sessions that have run out: nobody asks for them again, and each log-in leaves one."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
