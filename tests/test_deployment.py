"""What `deploy/`, the Dockerfile, compose.yaml and docs/deploy.md hold, checked by the programs that read them.

`tests/packages.py` runs the image's steps.
"""

import re
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from aiomedia import Config
from aiomedia.config import combine, file_source
from aiomedia.web.events import HEARTBEAT_S
from tests.dockerfile import PROJECT, stages
from tests.processes import engine

DOCUMENT = (PROJECT / "docs/deploy.md").read_text()
UNIT = PROJECT / "deploy/aiomedia.service"
# What systemd itself counts as well protected; 10 is not at all.
EXPOSURE_MAX = 20


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)


def ran(*command: object) -> str:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_dockerfile_is_without_fault() -> None:
    assert ran(Path(sys.executable).with_name("hadolint"), PROJECT / "Dockerfile") == ""


def test_the_image_runs_as_nobody_and_is_stopped_without_a_shell() -> None:
    *_, last = stages((PROJECT / "Dockerfile").read_text())
    given = {instruction.name: instruction for instruction in last}
    assert given["USER"].argument == "10001:10001"
    assert given["STOPSIGNAL"].argument == "SIGTERM"
    assert given["ENTRYPOINT"].words + given["CMD"].words == ["aiomedia", "serve"]
    assert given["EXPOSE"].argument == str(Config().port)
    config = combine(file_source(str(PROJECT / "deploy/container.toml"))).config
    assert (config.roots, config.host, config.port) == (("/media",), "0.0.0.0", Config().port)


def test_the_context_holds_what_is_copied() -> None:
    """Of what .dockerignore lets through; a pattern that begins with `!` does."""
    allowed = re.findall(r"^!(.+)$", (PROJECT / ".dockerignore").read_text(), re.MULTILINE)
    copied = [
        source
        for stage in stages((PROJECT / "Dockerfile").read_text())
        for name, argument in stage
        if name == "COPY" and not argument.startswith("--from")
        for source in argument.split()[:-1]
    ]
    assert sorted(copied) == sorted(allowed)
    assert all((PROJECT / source).exists() for source in copied)


def seconds(text: str) -> float:
    return float(text.removesuffix("s"))


def test_compose_starts_what_can_only_read() -> None:
    service: dict[str, Any] = yaml.safe_load((PROJECT / "compose.yaml").read_text())["services"]["aiomedia"]
    assert service["read_only"] is True
    (volume,) = service["volumes"]
    assert (volume["target"], volume["read_only"]) == ("/media", True)
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert all(port.startswith("127.0.0.1:") and port.endswith(f":{Config().port}") for port in service["ports"])
    assert seconds(service["stop_grace_period"]) > Config().grace_period_s


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """With a program that is there in place of the installed one, and without mounts, which are the machine's."""
    engine("systemd-analyze")
    text = UNIT.read_text().replace("/opt/aiomedia/bin/aiomedia", sys.executable)
    (tmp_path / UNIT.name).write_text(text)
    assert ran("systemd-analyze", "verify", "--man=no", tmp_path / UNIT.name) == ""


def test_the_unit_leaves_little_to_attack() -> None:
    engine("systemd-analyze")
    ran("systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE_MAX}", UNIT)


def test_the_unit_stops_after_the_grace_period() -> None:
    unit = RawConfigParser(strict=False)  # a key may be given twice
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(UNIT)
    assert seconds(unit["Service"]["TimeoutStopSec"]) > Config().grace_period_s
    assert unit["Service"]["ExecStart"].split()[1:] == ["serve", "--config", "/etc/aiomedia/config.toml"]


def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    engine("nginx")
    (snippet,) = blocks("nginx")
    file = tmp_path / "nginx.conf"
    file.write_text(f"pid {tmp_path}/nginx.pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n{snippet}\n}}\n")
    ran("nginx", "-t", "-q", "-p", tmp_path, "-c", file)


def test_caddy_takes_the_configuration(tmp_path: Path) -> None:
    engine("caddy")
    (snippet,) = blocks("caddyfile")
    file = tmp_path / "Caddyfile"
    file.write_text(snippet)
    ran("caddy", "validate", "--adapter", "caddyfile", "--config", file)


def nginx_seconds(directive: str) -> float:
    (snippet,) = blocks("nginx")
    (value,) = re.findall(rf"^\s*{directive} (\d+)s;", snippet, re.MULTILINE)
    return float(value)


def test_proxies_wait_longer_and_keep_connections_shorter_than_the_server() -> None:
    assert nginx_seconds("proxy_read_timeout") > max(Config().max_wait_s, HEARTBEAT_S)
    assert nginx_seconds("keepalive_timeout") < Config().keepalive_timeout_s
    (caddy,) = blocks("caddyfile")
    (kept,) = re.findall(r"keepalive (\d+)s", caddy)
    assert float(kept) < Config().keepalive_timeout_s


@pytest.mark.parametrize("language", ["sh", "ini", "toml"])
def test_the_examples_name_what_there_is(language: str) -> None:
    for block in blocks(language):
        for name in re.findall(r"\b(?:deploy/[\w.]+|config\.toml)(?=\s)", block):
            assert (PROJECT / name).exists()
        for key in re.findall(r"^([a-z_]+) = ", block, re.MULTILINE):
            assert key in Config.__struct_fields__
