"""The compose file: every process has its service, each sees no more than it needs, and no secret is in the file."""

import importlib.util
import itertools
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from agora.supervisor.engines import SILENT_ABOUT_ROWS
from agora.supervisor.options import Options
from agora.supervisor.plan import Site
from agora.supervisor.process import Child
from agora.supervisor.stack import Stack
from agora.supervisor.stops import StopWish
from agora.supervisor.wheels import postgresql_binaries, valkey_binary
from tests.images import COMPOSE, DOCKER, DOCKERFILE, ROOT, SERVICES, SITE_USER, command

_ENGINES = {"postgresql", "valkey"}
_OURS = {name: service for name, service in SERVICES.items() if name not in _ENGINES}
_SERVICE_OF = {"baselines": "trainer"}
_TO_THE_END = {"setup", "operator"}  # run to an end: their exit status is their health


def _plan(folder: Path) -> dict[str, Child]:
    """Return the processes that the supervisor would start, by name, without starting one."""
    started: list[Child] = []

    class Listing(Stack):
        def _start_child(self, child: Child) -> None:
            started.append(child)

    (folder / "run").mkdir()
    options = Options(host="127.0.0.1", port=0, var=folder)
    Listing(options, StopWish())._start_site(Site({}, folder), 3)
    return {_SERVICE_OF.get(child.name, child.name): child for child in started}


def _options(command: list[str]) -> set[str]:
    """Return the words of a command that mean the same in a container: not where it lies, listens and how much of it runs."""
    of_the_place = ("--bind=", "--workers=", "--concurrency=", "--hostname=", "--worker-tmp-dir=")
    # A machine without a GPU does not serve its queue; a trainer's container has one.
    words = {word.removesuffix(",baselines-gpu") for word in command[1:]}
    return {word for word in words if not word.startswith(of_the_place)}


def test_the_services_are_the_processes_of_the_supervisor(tmp_path: Path) -> None:
    """A process that one machine runs and a grown site does not would be missed only when its work is not done."""
    assert set(_OURS) - _TO_THE_END == set(_plan(tmp_path))


def test_a_service_runs_the_command_of_the_supervisor(tmp_path: Path) -> None:
    differing = {
        name: sorted(_options(child.command) ^ _options(command(name)))
        for name, child in _plan(tmp_path).items()
        if _options(list(child.command)) != _options(command(name))
    }

    assert differing == {}


@pytest.mark.parametrize("variable", ["AGORA_ROLE", "AGORA_PROCESS"])
def test_a_service_is_told_what_it_is_as_its_process_is(tmp_path: Path, variable: str) -> None:
    told = {name: child.environment[variable] for name, child in _plan(tmp_path).items()}

    assert {name: SERVICES[name]["environment"][variable] for name in told} == told


def test_two_workers_never_share_a_name() -> None:
    """Scaled workers of one name would be one row to the site, and each leaving would take the others' sign of life away."""
    names = {name: [word for word in command(name) if word.startswith("--hostname=")] for name in _OURS}

    assert {name: words for name, words in names.items() if words} == {
        name: [f"--hostname={queue}@%h"]
        for name, queue in (("scoring", "scoring"), ("housekeeping", "housekeeping"), ("trainer", "baselines"))
    }


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_is_hardened(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["pids_limit"] > 0
    assert not {"privileged", "cap_add", "pid", "ipc", "network_mode", "devices"} & set(service)
    assert service.get("user", SITE_USER).split(":")[0] != "0"


@pytest.mark.parametrize("name", sorted(set(SERVICES) - _TO_THE_END))
def test_a_service_has_a_health_check_and_comes_back(name: str) -> None:
    check = SERVICES[name]["healthcheck"]

    assert check["test"][0] in {"CMD", "CMD-SHELL"}
    assert {"interval", "timeout", "retries", "start_period"} <= set(check)
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(set(_OURS) - _TO_THE_END))
def test_a_service_waits_for_the_tables_and_the_servers(name: str) -> None:
    assert SERVICES[name]["depends_on"] == {
        "setup": {"condition": "service_completed_successfully"},
        "postgresql": {"condition": "service_healthy"},
        "valkey": {"condition": "service_healthy"},
    }


def test_only_the_web_process_is_reachable() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"web"}
    assert SERVICES["web"]["ports"] == ["${AGORA_PUBLISH:-127.0.0.1:8000}:8000"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert {name: SERVICES[name]["networks"] for name in _ENGINES} == {name: ["inside"] for name in _ENGINES}
    assert SERVICES["scoring"]["networks"] == ["inside"]


def _stores(name: str) -> dict[str, str]:
    """Return the storage aliases that a service mounts, with `rw` or `ro`."""
    mounted = (volume.split(":") for volume in SERVICES[name].get("volumes", []))
    return {
        target.rsplit("/", 1)[1]: (mode or ["rw"])[0]
        for source, target, *mode in mounted
        if target.startswith("/var/lib/agora/files/")
    }


def test_only_scorers_and_the_operator_see_ground_truth_and_results() -> None:
    everything = dict.fromkeys(("public", "submissions", "results", "ground_truth"), "rw")
    few = {"public": "ro", "submissions": "rw"}

    assert {name: _stores(name) for name in _OURS} == {
        "web": few,
        "trainer": few,
        "scoring": everything,
        "housekeeping": everything,
        "operator": everything,
        "beat": {},
        "setup": {},
    }


def test_every_storage_alias_has_its_volume() -> None:
    """An alias without one would be written into a read-only image, or into a container that is thrown away."""
    settings = (ROOT / "platform" / "agora" / "config" / "settings.py").read_text(encoding="utf-8")
    aliases = set(re.findall(r'_folder\("(\w+)"', settings))
    made = set(re.findall(r"files/(\w+)", DOCKERFILE))

    assert aliases == set(_stores("operator")) == made
    assert aliases <= set(COMPOSE["volumes"])


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_secret_is_in_an_environment_or_a_command(name: str) -> None:
    """A variable is visible to whoever may inspect a container, a command to every process: secrets are files."""
    variables = SERVICES[name].get("environment", {})
    telling = {key: value for key, value in variables.items() if re.search(r"(?i)passw|secret|token|key|_url", key)}

    assert all(key.endswith("_FILE") and value.startswith("/run/secrets/") for key, value in telling.items()), telling
    assert "://:" not in yaml.safe_dump(SERVICES[name])


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_is_given_the_secrets_that_it_names(name: str) -> None:
    named = set(re.findall(r"/run/secrets/(\w+)", yaml.safe_dump(SERVICES[name])))

    assert named <= set(SERVICES[name]["secrets"]) <= set(COMPOSE["secrets"])


def test_the_modules_that_are_started_are_there() -> None:
    checks = [service["healthcheck"].get("test", []) for service in _OURS.values()]
    commands = [*checks, *(command(name) for name in _OURS)]
    modules = {words[words.index("-m") + 1] for words in commands if "-m" in words}

    assert {"gunicorn", "celery", "django", "agora.config.alive"} <= modules
    assert {module for module in modules if importlib.util.find_spec(module) is None} == set()


def test_every_variable_is_documented() -> None:
    """Those of the site in the README, those of the compose file beside it."""
    read = set(re.findall(r"AGORA_[A-Z_]+", (DOCKER / "compose.yaml").read_text(encoding="utf-8") + DOCKERFILE))
    written = {
        name
        for document in (ROOT / "README.md", DOCKER / "README.md")
        for name in re.findall(r"`(AGORA_[A-Z_]+)`", document.read_text(encoding="utf-8"))
    }

    assert read - written == set()


def test_the_servers_are_those_that_the_tests_run_on() -> None:
    answer = subprocess.run([postgresql_binaries() / "postgres", "--version"], capture_output=True, text=True)
    postgresql = answer.stdout.split()[-1]
    valkey = re.search(
        r"v=(\S+)", subprocess.run([valkey_binary(), "--version"], capture_output=True, text=True).stdout
    )
    assert valkey is not None

    assert SERVICES["postgresql"]["image"] == f"docker.io/library/postgres:{postgresql}-bookworm"
    assert SERVICES["valkey"]["image"] == f"docker.io/valkey/valkey:{valkey[1]}"


def test_the_database_quotes_no_row_in_its_log() -> None:
    words = command("postgresql")
    given = {value for option, value in itertools.pairwise(words) if option == "-c"}

    assert set(SILENT_ABOUT_ROWS) <= given


def test_the_data_folders_of_the_images_are_writable_by_their_user() -> None:
    """A read-only image needs a volume or a memory file system at every place that a process writes."""
    made = {"run", *re.findall(r"in ([a-z /_]+);", DOCKERFILE)[0].split()}
    held = {
        target.split(":")[0].removeprefix("/var/lib/agora/")
        for service in _OURS.values()
        for target in [*service["tmpfs"], *(volume.split(":")[1] for volume in service.get("volumes", []))]
        if target.startswith("/var/lib/agora/")
    }

    assert held <= made
