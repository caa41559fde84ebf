"""What the Dockerfile and the compose file say, read once for the tests of both."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
DOCKER = ROOT / "docker"
SITE_USER = "10001:10001"
DOCKERFILE = re.sub(
    r"\\\n\s*", "", re.sub(r"^\s*#.*\n", "", (DOCKER / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
)
COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def stages_of_the_dockerfile() -> dict[str, list[tuple[str, str]]]:
    """Return the instructions of each stage of the Dockerfile, by the stage's name, the FROM line first."""
    stages: dict[str, list[tuple[str, str]]] = {}
    current: list[tuple[str, str]] = []
    for line in filter(None, DOCKERFILE.splitlines()):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            current = stages.setdefault(rest.split(" AS ")[1], [])
        current.append((word, rest))
    return stages


STAGES = stages_of_the_dockerfile()


def lineage(target: str) -> list[tuple[str, str]]:
    """Return the instructions of a stage after those of the stages that it starts from."""
    start = STAGES[target][0][1].split(" AS ")[0]
    return [*(lineage(start) if start in STAGES else []), *STAGES[target]]


def last(target: str, word: str) -> str:
    """Return what the last instruction of a kind says, which is the one that counts."""
    return [rest for instruction, rest in lineage(target) if instruction == word][-1]


def tracked() -> list[str]:
    """Return the files that a clean checkout holds."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.split("\0")[:-1]


def command(service: str) -> list[str]:
    """Return what a service runs: its own command or its image's."""
    described: list[str] | None = SERVICES[service].get("command")
    if described is not None:
        return described
    image: str = SERVICES[service]["image"].split("/")[1].split(":")[0]
    own: list[str] = json.loads(last(image, "CMD"))
    return own
