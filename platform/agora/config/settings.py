"""Settings of the site. Every value that differs between machines comes from the environment (README, "Settings")."""

import os
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key
from redis.backoff import NoBackoff
from redis.retry import Retry

from agora.config.env import Environment, postgresql_settings
from agora.core.logs import logging_settings

# The folder from which the site is run when AGORA_VAR is not given; data never lives inside the package.
ROOT = Path(os.environ.get("AGORA_ROOT", Path.cwd()))
ENV = Environment.load(ROOT)
VAR = ENV.var

KIBIBYTE = 1024
MEBIBYTE = 1024 * KIBIBYTE
GIBIBYTE = 1024 * MEBIBYTE


def _secret_key() -> str:
    """Return the stored key; without one a key of this process alone, so that nothing signed outlives it."""
    path = Path(ENV.text("AGORA_SECRET_KEY_FILE", str(VAR / "secrets" / "django_secret_key")))
    return path.read_text(encoding="utf-8").strip() if path.exists() else get_random_secret_key()


SECRET_KEY = _secret_key()
DEBUG = False
LOCAL = ENV.flag("AGORA_LOCAL")  # one machine, started by `make run`: mail to files, links shown
ROLE = ENV.text("AGORA_ROLE", "operator")  # web | worker | operator: decides which storage aliases can be read
ALLOWED_HOSTS = [host for host in ENV.text("AGORA_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]").split(",") if host]
CSRF_TRUSTED_ORIGINS = [origin for origin in ENV.text("AGORA_ORIGINS").split(",") if origin]

INSTALLED_APPS = [
    "agora.core",
    "agora.accounts",
    "agora.activity",
    "agora.competitions",
    "agora.submissions",
    "agora.leaderboards",
    "agora.evaluations",
    "agora.runs",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
]

MIDDLEWARE = [
    "agora.core.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # What every answer needs comes first, so that the answers of later middleware have it too.
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "agora.core.rules.RulesMiddleware",
    "agora.core.middleware.IncidentMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "agora.config.urls"
WSGI_APPLICATION = "agora.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).resolve().parents[1] / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "agora.core.context.site",
                "agora.activity.context.notifications",
            ],
        },
    },
]

# --- database, cache, sessions -------------------------------------------------------------------------------------
# Without an address the socket folder does not exist, so that a forgotten engine is an error at the first query, not a guess.
DATABASES = {
    "default": postgresql_settings(ENV.text("DATABASE_URL", f"postgresql://agora@/agora?host={VAR}/no-database"))
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": ENV.text("CACHE_URL", "redis://127.0.0.1:1/1"),
        # JSON, because a planted pickle would run code in the web process.
        # A cache that does not answer is done without, soon: one more try mends a connection that a restart has cut.
        "OPTIONS": {
            "serializer": "agora.core.cache.JSONSerializer",
            "socket_connect_timeout": 1,
            "socket_timeout": 1,
            "retry": Retry(NoBackoff(), 1),
        },
        "KEY_PREFIX": "agora",
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# --- accounts ------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # e-mail is unique on lower(email) by a constraint, which the check does not recognise
    # To promise TLS for every subdomain, and to have browsers ship that promise, is for the owner of the domain, in the proxy.
    "security.W005",
    "security.W021",
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = "handle"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_ADAPTER = "agora.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "agora.accounts.forms.LoginForm",
    "signup": "agora.accounts.forms.SignupForm",
    "reset_password": "agora.accounts.forms.ResetPasswordForm",
    "add_email": "agora.accounts.forms.AddEmailForm",
    "change_password": "agora.accounts.forms.ChangePasswordForm",
    "set_password": "agora.accounts.forms.SetPasswordForm",
    "reauthenticate": "agora.accounts.forms.ReauthenticateForm",
    "reset_password_from_key": "agora.accounts.forms.ResetPasswordKeyForm",
}
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[AGORA] "
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"

# --- mail ----------------------------------------------------------------------------------------------------------
EMAIL_BACKEND = f"django.core.mail.backends.{'filebased' if LOCAL else 'smtp'}.EmailBackend"
EMAIL_FILE_PATH = VAR / "mail"
EMAIL_HOST = ENV.text("AGORA_SMTP_HOST", "localhost")
EMAIL_PORT = ENV.integer("AGORA_SMTP_PORT", 25)
DEFAULT_FROM_EMAIL = ENV.text("AGORA_MAIL_FROM", "agora@localhost")

# --- language and time ---------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True

# --- files ---------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "agora.core.finders.PlotlyFinder",
]
FILES = VAR / "files"


def _folder(alias: str, *, readers: str) -> dict[str, object]:
    """Describe one local storage alias; `readers` are the roles that may open its files for reading."""
    options = {"location": str(FILES / alias), "readable": ROLE in readers.split()}
    return {"BACKEND": "agora.core.storage.WriteOnceFolder", "OPTIONS": options}


STORAGES = {
    "default": _folder("public", readers="web worker operator"),
    "public": _folder("public", readers="web worker operator"),
    "submissions": _folder("submissions", readers="web worker operator"),
    "results": _folder("results", readers="worker operator"),
    "ground_truth": _folder("ground_truth", readers="worker operator"),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# --- queue ---------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = ENV.text("CELERY_BROKER_URL", "redis://127.0.0.1:1/0")
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_ACKS_LATE = False  # messages are wake-ups: losing one costs a sweep period, repeating one costs nothing
CELERY_TASK_TIME_LIMIT = 3600  # a net above the children's own deadlines
CELERY_TASK_SOFT_TIME_LIMIT = 3300
# A task hands over to a fresh one after so long: the next message, which lies unacknowledged with the worker meanwhile, is taken
# up before RabbitMQ's 30 minutes are over.
SHIFT_SECONDS = 900
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker outlasts any outage of the broker
CELERY_BROKER_CHANNEL_ERROR_RETRY = True  # RabbitMQ closes a channel on which it waited too long: open another
CELERY_TASK_DEFAULT_QUEUE = "housekeeping"
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_TASK_ROUTES = {
    "agora.submissions.tasks.check_uploads": {"queue": "scoring"},
    "agora.evaluations.tasks.score": {"queue": "scoring"},
    "agora.evaluations.tasks.compare": {"queue": "scoring"},
    "agora.runs.tasks.run": {"queue": "baselines"},
    "agora.runs.tasks.run_on_gpu": {"queue": "baselines-gpu"},
}
# Short messages on a broker that vanished must fail soon: the sweep sends the wake-up again.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1, "interval_max": 0.5}
# A broker that accepts connections and then says nothing must not hold a request for long. RabbitMQ's transport needs nothing
# here: connecting has a deadline of its own (4 s), and a wake-up is sent without waiting for an answer.
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"socket_connect_timeout": 2, "socket_timeout": 5} if CELERY_BROKER_URL.startswith(("redis", "valkey")) else {}
)

PERIODS = {
    "sweep": ENV.seconds("AGORA_PERIOD_SWEEP", 5),
    "reaper": ENV.seconds("AGORA_PERIOD_REAPER", 5),
    "housekeeping": ENV.seconds("AGORA_PERIOD_HOUSEKEEPING", 300),
    "tiers": ENV.seconds("AGORA_PERIOD_TIERS", 30),  # between two looks for boards whose tiers are not theirs any more
    "lease": ENV.seconds("AGORA_PERIOD_LEASE", 30),
    "heartbeat": ENV.seconds("AGORA_PERIOD_HEARTBEAT", 10),
    # For so long after the database's start no lease counts as run out: the living could not renew theirs.
    "grace": ENV.seconds("AGORA_PERIOD_GRACE", 30),
    "retry": ENV.seconds("AGORA_PERIOD_RETRY", 2),  # before the second attempt; doubled for each further one
}
CELERY_BEAT_SCHEDULE = {
    "wake-what-waits": {"task": "agora.evaluations.tasks.sweep", "schedule": PERIODS["sweep"]},
    "reap-expired-leases": {"task": "agora.evaluations.tasks.reap", "schedule": PERIODS["reaper"]},
    "ask-for-tiers": {"task": "agora.evaluations.tasks.ask_for_tiers", "schedule": PERIODS["tiers"]},
    "remove-orphans": {"task": "agora.submissions.tasks.remove_orphans", "schedule": PERIODS["housekeeping"]},
    "wake-runs": {"task": "agora.runs.tasks.sweep", "schedule": PERIODS["sweep"]},
    "reap-runs": {"task": "agora.runs.tasks.reap", "schedule": PERIODS["reaper"]},
    "clear-sessions": {"task": "agora.core.tasks.clear_sessions", "schedule": PERIODS["housekeeping"]},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "run" / "beat-schedule")

# --- intake and children -------------------------------------------------------------------------------------------
UPLOAD_MAX_BYTES = ENV.integer("AGORA_UPLOAD_MAX_BYTES", GIBIBYTE)
UPLOAD_EXPANDED_MAX_BYTES = ENV.integer("AGORA_UPLOAD_EXPANDED_MAX_BYTES", 4 * GIBIBYTE)
UPLOAD_CHUNK_BYTES = 128 * KIBIBYTE  # small enough that a slow body is noticed between two of them
UPLOAD_LEAST_BYTES_PER_SECOND = ENV.integer("AGORA_UPLOAD_LEAST_BYTES_PER_SECOND", 8 * KIBIBYTE)
UPLOAD_GRACE_SECONDS = 30  # before the least rate counts
UPLOAD_SILENCE_SECONDS = 30  # without a single byte, after which the connection is closed
UPLOAD_FREE_DISK_BYTES = ENV.integer("AGORA_UPLOAD_FREE_DISK_BYTES", 256 * MEBIBYTE)  # kept free beside the upload
UPLOAD_PENDING_MAX = ENV.integer(
    "AGORA_UPLOAD_PENDING_MAX", 5
)  # per team: receiving, checking, ready and not submitted
UPLOAD_STALLED_SECONDS = ENV.seconds("AGORA_UPLOAD_STALLED_SECONDS", 900)
CHILD_MEMORY_BYTES = ENV.integer("AGORA_CHILD_MEMORY_BYTES", 2 * GIBIBYTE)
CHILD_DEADLINE_SECONDS = ENV.seconds("AGORA_CHILD_DEADLINE_SECONDS", 600)
EVALUATION_ATTEMPTS = ENV.integer("AGORA_EVALUATION_ATTEMPTS", 3)

# --- runs of baselines ---------------------------------------------------------------------------------------------
# Where releases are unpacked and runs keep their checkpoints. Workers of several machines share it: without it a run that another
# machine takes up begins anew, and says so.
RUNS = Path(ENV.text("AGORA_RUNS", str(VAR / "runs")))
# Pre-trained weights: the hub's cache, filled by an operator, since a run has no network.
RUN_WEIGHTS = Path(ENV.text("AGORA_RUN_WEIGHTS", str(VAR / "weights")))
RUN_MEMORY_BYTES = ENV.integer("AGORA_RUN_MEMORY_BYTES", 16 * GIBIBYTE)
RUN_DEADLINE_SECONDS = ENV.seconds("AGORA_RUN_DEADLINE_SECONDS", 7 * 24 * 3600)  # of training, and again of answering
RUN_GRACE_SECONDS = ENV.seconds("AGORA_RUN_GRACE_SECONDS", 12)  # from SIGTERM, for a checkpoint, to SIGKILL
RUN_KEEP_SECONDS = ENV.seconds(
    "AGORA_RUN_KEEP_SECONDS", 30 * 24 * 3600
)  # that a run which can be resumed keeps its folder
RUN_QUOTA = ENV.integer("AGORA_RUN_QUOTA", 20)  # runs of one organiser on a UTC day; operators have no limit
# A shift may begin one more run just before its end.
_RUN_TASK = {
    "soft_time_limit": SHIFT_SECONDS + 2 * RUN_DEADLINE_SECONDS,
    "time_limit": 3600 + SHIFT_SECONDS + 2 * RUN_DEADLINE_SECONDS,
}
CELERY_TASK_ANNOTATIONS = {"agora.runs.tasks.run": _RUN_TASK, "agora.runs.tasks.run_on_gpu": _RUN_TASK}
FILE_UPLOAD_HANDLERS = ["agora.core.forms.NoFiles"]
DATA_UPLOAD_MAX_MEMORY_SIZE = MEBIBYTE  # forms and JSON; uploads are streamed and never pass through request.POST

# --- browser safety ------------------------------------------------------------------------------------------------
# Plotly 7.1.0 inserts one unused map style at load; its hash silences the one report. A test pins it to the package version.
PLOTLY_STYLE_HASH = "'sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o='"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, PLOTLY_STYLE_HASH],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# TLS ends at the reverse proxy of a grown site; on one machine the address is http://127.0.0.1.
_TLS = ENV.flag("AGORA_TLS")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _TLS else None
SECURE_SSL_REDIRECT = _TLS
# The supervisor, the proxy and the operator's monitoring ask from inside, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
# Behind a proxy every visitor has its address, and all would share one limit of log-ins and sign-ups. Each proxy appends to
# X-Forwarded-For whom it was asked by; without one the header is a stranger's word and is not read.
ALLAUTH_TRUSTED_PROXY_COUNT = ENV.integer("AGORA_PROXIES", 1 if _TLS else 0)
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _TLS else 0
SESSION_COOKIE_SECURE = _TLS
CSRF_COOKIE_SECURE = _TLS
SESSION_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "agora.core.errors.csrf_failure"

METRICS_TOKEN_FILE = ENV.text("AGORA_METRICS_TOKEN_FILE", str(VAR / "secrets" / "metrics_token"))

# --- logs ----------------------------------------------------------------------------------------------------------
# JSON, one object a line; text where a person looks on. The level and the form are read by the web server too, before Django.
LOGGING_CONFIG = "agora.core.logs.configure"
LOGGING = logging_settings(ENV.text("AGORA_LOG_LEVEL", "INFO"), ENV.text("AGORA_LOG_FORMAT"))
