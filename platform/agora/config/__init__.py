"""Hold the settings, the URL map, the WSGI entry and the Celery application; names the apps only as strings."""

from agora.config.celery import app as celery_app

__all__ = ["celery_app"]
