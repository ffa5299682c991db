"""The commands, as a shell runs them."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from msgspec.structs import asdict

from aiomedia import Config, __version__


def aiomedia(*arguments: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "aiomedia", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_config_prints_every_default_as_toml(tmp_path: Path) -> None:
    done = aiomedia("config", cwd=tmp_path)
    assert done.returncode == 0
    printed = tomllib.loads(done.stdout)
    assert printed | {"roots": tuple(printed["roots"])} == asdict(Config())
    assert done.stdout.count("# default\n") == len(printed)


def test_config_prints_where_each_value_is_from_in_the_order_of_sources(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('port = 1\nhost = "file"\nlog_level = "error"\n')
    done = aiomedia("config", "media dir", "--port", "3", cwd=tmp_path, AIOMEDIA_PORT="2", AIOMEDIA_HOST="::1")
    assert done.returncode == 0, done.stderr
    assert tomllib.loads(done.stdout)["roots"] == [f"{tmp_path}/media dir"]
    assert done.stdout.startswith("# flag\nroots = ")
    for line in (
        "# flag\nport = 3",
        "# environment\nhost = '::1'",
        "# config.toml\nlog_level",
        "# default\naccess_log",
    ):
        assert line.replace("'", '"') in done.stdout


def test_the_file_is_named_by_a_flag_or_a_variable(tmp_path: Path) -> None:
    for name, port in (("a.toml", 1), ("b.toml", 2)):
        (tmp_path / name).write_text(f"port = {port}\n")
    assert "# b.toml\nport = 2\n" in aiomedia("config", cwd=tmp_path, AIOMEDIA_CONFIG="b.toml").stdout
    done = aiomedia("config", "--config", "a.toml", cwd=tmp_path, AIOMEDIA_CONFIG="b.toml")
    assert "# a.toml\nport = 1\n" in done.stdout


@pytest.mark.parametrize(
    ("content", "arguments", "environment", "named"),
    [
        ("prot = 1", [], {}, "config.toml: prot: no such key"),
        ("port = '80'", [], {}, "config.toml: port: "),
        ("[server]\nport = 80", [], {}, "config.toml: server: no such key"),
        ("roots = []", [], {}, "config.toml: roots: "),
        ("roots = ['relative']", [], {}, "config.toml: roots: "),
        ("generated_template = 'output'", [], {}, "config.toml: generated_template: "),
        ("this is no TOML", [], {}, "config.toml: "),
        ("", ["--port", "99999"], {}, "flag: port: "),
        ("", ["--log-level", "loud"], {}, "flag: log_level: "),
        ("", ["--config", "absent.toml"], {}, "absent.toml: No such file or directory"),
        ('"a\nb" = 1'.replace("\n", "\\n"), [], {}, r"config.toml: a\nb: no such key"),
        ("host = 'a b'", [], {}, "config.toml: host: "),
        (r'host = "a\n"', [], {}, "config.toml: host: "),
        ("", [""], {}, "flag: roots: "),
        ("", ["bad\udcff"], {}, "flag: roots: a path that is not UTF-8"),
        ("", ["--host", "\udcff"], {}, "flag: host: "),
        ("", [], {"AIOMEDIA_ROOTS": ""}, "environment: AIOMEDIA_ROOTS: "),
        ("", [], {"AIOMEDIA_PORT": "http"}, "environment: AIOMEDIA_PORT: "),
        ("", [], {"AIOMEDIA_PROT": "80"}, "environment: AIOMEDIA_PROT: no such key"),
    ],
)
def test_a_bad_configuration_ends_with_one_line_and_status_2(
    tmp_path: Path, content: str, arguments: list[str], environment: dict[str, str], named: str
) -> None:
    (tmp_path / "config.toml").write_text(content)
    for command in ("serve", "config"):
        done = aiomedia(command, *arguments, cwd=tmp_path, **environment)
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.startswith(f"aiomedia: {named}")
        assert done.stderr.count("\n") == 1


def test_an_unknown_flag_is_a_usage_error(tmp_path: Path) -> None:
    assert aiomedia("serve", "--prot", "80", cwd=tmp_path).returncode == 2


def test_a_directory_is_named_from_where_one_stands(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    done = aiomedia("config", "../media", "./x/../y", cwd=tmp_path / "here")
    assert tomllib.loads(done.stdout)["roots"] == [f"{tmp_path}/media", f"{tmp_path}/here/y"]


def test_a_host_that_does_not_exist_is_told_in_a_line(tmp_path: Path) -> None:
    done = aiomedia("serve", tmp_path, "--host", "no-such-host.invalid", cwd=tmp_path)
    assert done.returncode == 1
    assert "can't listen on no-such-host.invalid:5000: " in done.stderr
    assert "Unknown error" not in done.stderr


def test_version_and_help(tmp_path: Path) -> None:
    assert __version__ in aiomedia("--version", cwd=tmp_path).stdout
    shown = aiomedia("serve", "--help", cwd=tmp_path).stdout
    for flag in ("--host", "--port", "--workers", "--config", "--log-level", "--access-log", "--follow-symlinks"):
        assert flag in shown
