"""What a public site behind a proxy changes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[3]
_KEPT = {name: value for name, value in os.environ.items() if not name.startswith("AGORA_")}


@pytest.mark.parametrize(
    ("given", "proxies"), [({}, 0), ({"AGORA_TLS": "1"}, 1), ({"AGORA_TLS": "1", "AGORA_PROXIES": "2"}, 2)]
)
def test_visitors_are_told_apart_behind_a_proxy_and_by_no_header_without_one(
    tmp_path: Path, given: dict[str, str], proxies: int
) -> None:
    code = "import json; from agora.config import settings; print(json.dumps(settings.ALLAUTH_TRUSTED_PROXY_COUNT))"

    answer = subprocess.run(
        [sys.executable, "-c", code],
        env={**_KEPT, **given, "AGORA_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(answer.stdout) == proxies


def test_a_public_site_passes_the_checks_for_deployment(tmp_path: Path) -> None:
    given = {"AGORA_TLS": "1", "AGORA_ALLOWED_HOSTS": "arena.example.org", "AGORA_ORIGINS": "https://arena.example.org"}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]

    answer = subprocess.run(
        command, cwd=_ROOT, env={**_KEPT, **given, "AGORA_VAR": str(tmp_path)}, capture_output=True, text=True
    )

    assert answer.returncode == 0, answer.stderr
