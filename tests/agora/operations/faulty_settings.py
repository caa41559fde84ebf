"""The settings of a site with faults."""

from agora.config import settings as site
from agora.config.settings import *  # noqa: F403 - they are the site's own but for these

ROOT_URLCONF = "tests.agora.operations.faulty"
CELERY_IMPORTS = (ROOT_URLCONF,)
# The manifest of static files exists only after collectstatic.
PLAIN = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STORAGES = {**site.STORAGES, "staticfiles": PLAIN}
