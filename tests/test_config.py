"""The configuration: its sources, their order, and what is refused."""

import tomllib
from pathlib import Path

import pytest
from msgspec.structs import asdict

from aiomedia.config import Config, Source, combine, environment_source, file_source
from aiomedia.errors import ConfigError

FILE = Path(__file__).parents[1] / "config.toml"


def test_config_toml_holds_every_key_with_its_default() -> None:
    given = tomllib.loads(FILE.read_text())
    given["roots"] = tuple(given["roots"])
    assert given == asdict(Config())
    assert combine(file_source(str(FILE))).config == Config()


def test_config_toml_gives_a_reason_for_every_key() -> None:
    lines = FILE.read_text().splitlines()
    for position, line in enumerate(lines):
        if "=" in line and not line.startswith("#"):
            assert lines[position - 1].startswith("# "), f"no reason above: {line}"


def test_a_flag_goes_before_the_environment_before_the_file_before_the_default() -> None:
    file = Source("config.toml", {"port": 1, "host": "file", "log_level": "debug"})
    environment = environment_source({"AIOMEDIA_PORT": "2", "AIOMEDIA_HOST": "environment", "PATH": "/bin"})
    flags = Source("flag", {"port": 3})
    config, origins = combine(flags, environment, file)
    assert (config.port, config.host, config.log_level) == (3, "environment", "debug")
    assert config.generated_template == "{uuid}output"
    assert {key: origins[key] for key in ("port", "host", "log_level", "generated_template")} == {
        "port": "flag",
        "host": "environment",
        "log_level": "config.toml",
        "generated_template": "default",
    }


def test_environment_variables_are_read_by_the_keys_type() -> None:
    config = combine(
        environment_source(
            {
                "AIOMEDIA_ROOTS": "/a:/b/",
                "AIOMEDIA_FOLLOW_SYMLINKS": "true",
                "AIOMEDIA_GRACE_PERIOD_S": "1.5",
                "AIOMEDIA_CONFIG": "names-the-file.toml",
            }
        )
    ).config
    assert config.roots == ("/a", "/b")
    assert config.follow_symlinks is True
    assert config.grace_period_s == 1.5


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("prot", 80),
        ("port", "80"),
        ("port", 65_536),
        ("port", -1),
        ("port", True),
        ("roots", []),
        ("roots", "/media"),
        ("roots", ["media"]),
        ("roots", ["/media/../etc"]),
        ("host", ""),
        ("follow_symlinks", 1),
        ("generated_template", "output"),
        ("watch_step_ms", 0),
        ("grace_period_s", -1),
        ("log_level", "loud"),
    ],
)
def test_an_unknown_key_a_wrong_type_and_an_impossible_value_are_refused_by_name(key: str, value: object) -> None:
    with pytest.raises(ConfigError) as caught:
        combine(Source("/etc/aiomedia.toml", {key: value}))
    message = str(caught.value)
    assert message.startswith(f"/etc/aiomedia.toml: {key}: ")
    assert "\n" not in message


@pytest.mark.parametrize(("name", "text"), [("PORT", "http"), ("PROT", "80"), ("FOLLOW_SYMLINKS", "maybe")])
def test_a_bad_environment_variable_is_refused_too(name: str, text: str) -> None:
    with pytest.raises(ConfigError, match=f"^environment: AIOMEDIA_{name}: "):
        combine(environment_source({f"AIOMEDIA_{name}": text}))


def test_a_bad_value_does_not_hide_behind_a_better_one() -> None:
    with pytest.raises(ConfigError, match=r"^file: port: "):
        combine(Source("flag", {"port": 1}), Source("file", {"port": "one"}))


def test_roots_are_made_normal_and_kept_once() -> None:
    assert Config(roots=("/media/", "/other//x", "/media")).roots == ("/media", "/other/x")


@pytest.mark.parametrize("content", [b"port = ", b"port = 1\nport = 2", b'host = "\xff"'])
def test_a_file_that_is_no_toml_is_refused_by_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"config\.toml: ") as caught:
        file_source(str(path))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml: No such file"):
        file_source(str(tmp_path / "absent.toml"))
