"""The container images, as far as their files tell: what is in them, who they run as, what may enter a build.

Building and running them needs an engine (`make images`); what is asserted here is what a slip would break in silence.
"""

import json
import re
import shutil
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

import pytest

from tests.images import COMPOSE, DOCKER, DOCKERFILE, ROOT, SITE_USER, STAGES, last, lineage, tracked

_TARGETS = {"web", "worker", "trainer"}


def _is_sent(path: str) -> bool:
    """Return whether .dockerignore lets a path of the checkout into the build: the last pattern that takes it decides."""
    parts = PurePosixPath(path)
    candidates = [str(parts), *(str(parent) for parent in parts.parents if str(parent) != ".")]
    sent = True
    for pattern in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if not pattern or pattern.startswith("#"):
            continue
        bare = pattern.removeprefix("!")
        names = [PurePosixPath(one).name for one in candidates] if bare.startswith("**/") else candidates
        if any(fnmatchcase(name, bare.removeprefix("**/")) for name in names if bare == "*" or "/" not in name):
            sent = pattern.startswith("!")
    return sent


def test_the_dockerfile_has_its_targets() -> None:
    assert set(STAGES) >= _TARGETS


@pytest.mark.parametrize("target", sorted(_TARGETS))
def test_an_image_runs_as_the_fixed_user(target: str) -> None:
    assert last(target, "USER") == SITE_USER
    assert STAGES[target][-1][0] == "CMD", "nothing is done as another user after the last instruction"


@pytest.mark.parametrize("target", sorted(_TARGETS))
def test_a_signal_reaches_the_process_and_no_shell(target: str) -> None:
    assert last(target, "STOPSIGNAL") == "SIGTERM"
    assert json.loads(last(target, "CMD"))[:3] == ["python", "-P", "-m"]
    assert not [word for word, _ in lineage(target) if word == "ENTRYPOINT"]


@pytest.mark.parametrize("target", sorted(_TARGETS))
def test_no_image_carries_an_installer_a_compiler_or_a_shell_step_after_the_packages(target: str) -> None:
    """What the final stages do themselves is copying; packages come from stages that are thrown away."""
    assert {word for word, _ in STAGES[target]} <= {"FROM", "COPY", "ENV", "USER", "EXPOSE", "CMD"}
    installs = [rest for word, rest in lineage(target) if word == "RUN" and re.search(r"\b(pip|apt-get|gcc)\b", rest)]

    assert installs == []


def test_static_files_can_be_read_by_the_user_of_the_image() -> None:
    """The site writes files with mode 0600, and the build writes them as root."""
    (collects,) = [rest for word, rest in STAGES["code"] if word == "RUN" and "collectstatic" in rest]

    assert collects.endswith("&& chmod -R a+rX /var/lib/agora/static")


def test_kernels_are_compiled_where_the_image_takes_them_from() -> None:
    """Without -P the sources in the build's folder would be imported, and the cache that is copied would be empty."""
    runs = [rest for word, rest in STAGES["code"] if word == "RUN" and "/opt/agora/bin/python" in rest]
    own = [call for rest in runs for call in re.findall(r"/opt/agora/bin/python ((?:-P )?-m \S+)", rest)]

    assert own == ["-P -m scoring.compile", "-P -m django"]
    assert ("COPY", "--from=code /opt/agora/project /opt/agora/project") in STAGES["worker"]
    assert any('test -n "$(ls /opt/agora/project/scoring/__pycache__/kernels)"' in rest for rest in runs)


def test_every_source_of_a_copy_is_tracked_and_sent_to_the_build() -> None:
    held = tracked()
    sources = {
        source
        for stage in STAGES.values()
        for word, rest in stage
        if word == "COPY" and "--from=" not in rest
        for source in rest.split()[:-1]
    }
    missing = {source for source in sources if not any(f"{name}/".startswith(f"{source}/") for name in held)}

    assert sources
    assert missing == set()
    assert {source for source in sources if not _is_sent(source)} == set()


def test_nothing_is_copied_that_the_list_of_the_build_does_not_allow() -> None:
    """A whole-tree copy would make the ignore file the only thing between a secret and an image."""
    assert not re.search(r"^COPY (?!--from)(\S+ )*\.{1,2}/? ", DOCKERFILE, re.MULTILINE)
    assert "ADD " not in DOCKERFILE


@pytest.mark.parametrize(
    "path",
    [
        "var/secrets/django_secret_key",
        "var-of-another-name/secrets/environment",
        ".git/config",
        ".venv/bin/python",
        "docker/secrets/database_password",
        "docker/compose.yaml",
        "tests/conftest.py",
        ".env",
        "platform/agora/__pycache__/x.pyc",
        "scoring/__pycache__/kernels/x.nbc",
        "platform/agora/core/models.pyc",
        "agora_reid.egg-info/PKG-INFO",
    ],
)
def test_what_is_not_code_stays_out_of_the_build(path: str) -> None:
    assert not _is_sent(path)


def test_all_code_reaches_the_build() -> None:
    """An ignore pattern that is too wide would leave a template or a pack out, and the image would build."""
    code = [path for path in tracked() if path.split("/")[0] in {"scoring", "challenges", "baselines", "platform"}]

    assert len(code) > 200
    assert [path for path in code if not _is_sent(path)] == []


def test_no_secret_is_in_the_images() -> None:
    """Neither as a build argument nor in the environment: both stay readable in the image's history."""
    words = r"(?i)passw|secret(?!,id=pip)|token|credential"
    named = [rest for stage in STAGES.values() for word, rest in stage if word in {"ENV", "ARG"}]

    assert [rest for rest in named if re.search(words, rest)] == []


def test_the_base_is_an_exact_version_that_the_locks_are_for() -> None:
    base = re.search(r"^ARG BASE=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert base is not None
    python = re.fullmatch(r"docker\.io/library/python:(3\.\d+)\.\d+-slim-bookworm", base[1])
    assert python is not None, "an exact release of Python on a named Debian"
    lock = (ROOT / "requirements" / "site.txt").read_text(encoding="utf-8")

    assert f"on Python {python[1]};" in lock
    assert f"python{python[1]}" in (ROOT / ".ci" / "python").read_text(encoding="utf-8")
    assert {rest.split(" AS ")[0] for stage in STAGES.values() for word, rest in stage if word == "FROM"} <= {
        "${BASE}",
        *STAGES,
    }


def test_the_version_of_the_project_is_the_tag_of_the_images() -> None:
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert version is not None
    images = {service["image"] for service in COMPOSE["services"].values() if service["image"].startswith("agora/")}

    assert images == {f"agora/{target}:${{AGORA_TAG:-{version[1]}}}" for target in _TARGETS}


# --- scripts


def _programs(folder: Path, **scripts: str) -> dict[str, str]:
    """Return an environment in which these programs stand before the system's."""
    for name, text in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin"}


def _revision() -> str:
    answer = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    return answer.stdout.strip()


def _secrets(folder: Path, tmp_path: Path) -> str:
    """Run the script as if by root; return whom it gave each file to, as its calls of chown."""
    given = tmp_path / "given"
    environment = _programs(tmp_path, id="echo 0", chown=f'echo "$1 ${{2##*/}}" >>{given}')
    subprocess.run([DOCKER / "make-secrets", folder], env=environment, check=True, capture_output=True)
    return given.read_text()


def test_the_script_writes_every_secret_that_a_service_reads(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    given = _secrets(folder, tmp_path)

    wanted = {path.name: f"./secrets/{path.name}" for path in folder.iterdir()}
    assert {name: secret["file"] for name, secret in COMPOSE["secrets"].items()} == wanted
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    owners = dict(reversed(line.removesuffix(".new").split()) for line in given.splitlines())
    readers = {
        secret: service.get("user", SITE_USER).split(":")[0]
        for service in COMPOSE["services"].values()
        for secret in service["secrets"]
    }
    assert owners == {secret: f"{user}:{user}" for secret, user in readers.items()}


def test_the_secrets_fit_each_other_and_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    _secrets(folder, tmp_path)
    written = {path.name: path.read_text() for path in folder.iterdir()}
    _secrets(folder, tmp_path)

    assert {path.name: path.read_text() for path in folder.iterdir()} == written
    assert f"//agora:{written['database_password']}@postgresql:5432/agora\n" in written["environment"]
    assert written["environment"].count(f"//:{written['broker_password']}@valkey:6379/") == 2
    assert f"requirepass {written['broker_password']}\n" in written["broker_configuration"]
    passwords = [text for name, text in written.items() if name.endswith(("password", "key", "token"))]
    assert len(set(passwords)) == 5
    assert all(re.fullmatch("[0-9a-f]{64}", password) for password in passwords)


def test_without_root_the_script_says_who_has_to_run_it(tmp_path: Path) -> None:
    """And where no podman is, which could give files away in its own user namespace."""
    environment = {"PATH": _programs(tmp_path, id="echo 1000")["PATH"].split(":")[0]}
    (tmp_path / "dirname").symlink_to(shutil.which("dirname") or "")
    answer = subprocess.run(
        [DOCKER / "make-secrets", tmp_path / "secrets"], env=environment, capture_output=True, text=True
    )

    assert (answer.returncode, (tmp_path / "secrets").exists()) == (2, False)
    assert "as root" in answer.stderr


@pytest.mark.parametrize(
    ("engines", "chosen"),
    [
        ({"docker": 0, "podman": 0, "buildah": 0}, "docker build"),
        ({"docker": 1, "podman": 0, "buildah": 0}, "podman build"),
        ({"docker": 1, "podman": 1, "buildah": 0}, "buildah build --layers"),
    ],
)
def test_a_build_takes_the_first_engine_that_works(tmp_path: Path, engines: dict[str, int], chosen: str) -> None:
    """A client whose engine does not answer is no engine: it fails whatever it is asked for."""
    scripts = {name: f'[ {status} = 0 ] && echo "{name} $*"; exit {status}' for name, status in engines.items()}
    answer = subprocess.run(
        [DOCKER / "build", "web"], env=_programs(tmp_path, **scripts), capture_output=True, text=True, check=True
    )

    assert f"\n{chosen} --file {DOCKER}/Dockerfile --target web --tag agora/web:" in answer.stdout
    assert f"--label org.opencontainers.image.revision={_revision()} " in answer.stdout
    assert "BASE=" not in answer.stdout
    assert "--secret" not in answer.stdout


def test_a_build_without_any_engine_says_what_to_install(tmp_path: Path) -> None:
    scripts = dict.fromkeys(("docker", "podman", "buildah"), "exit 1")
    answer = subprocess.run([DOCKER / "build"], env=_programs(tmp_path, **scripts), capture_output=True, text=True)

    assert answer.returncode == 2
    assert "apt-get install podman" in answer.stderr


def test_a_build_hands_on_base_and_configuration(tmp_path: Path) -> None:
    environment = {
        **_programs(tmp_path, docker='echo "docker $*"'),
        "BASE": "registry.example.org/python:3.11",
        "PIP_CONF": "/etc/pip.conf",
        "BUILD_OPTIONS": "--pull --no-cache",
        "TAG": "next",
    }
    answer = subprocess.run([DOCKER / "build"], env=environment, capture_output=True, text=True, check=True)
    builds = [line for line in answer.stdout.splitlines() if line.startswith("docker build")]

    assert [line.split("--tag ")[1].split()[0] for line in builds] == ["agora/web:next", "agora/worker:next"]
    assert all("--build-arg BASE=registry.example.org/python:3.11" in line for line in builds)
    assert all(f"--secret id=pip,src=/etc/pip.conf --pull --no-cache {ROOT}" in line for line in builds)
