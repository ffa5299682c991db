"""Media kinds, and generated names: the contract's sections 1 and 2."""

import pytest

from aiomedia.errors import InvalidFileType
from aiomedia.media import GeneratedTemplate, media_type, require_kind

# Word for word from the contract.
MEDIA_TYPES = {
    "mp4": "video/mp4",
    "avi": "video/x-msvideo",
    "mov": "video/quicktime",
    "mkv": "video/x-matroska",
    "wmv": "video/x-ms-wmv",
    "flv": "video/x-flv",
    "webm": "video/webm",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "m4a": "audio/mp4",
    "wma": "audio/x-ms-wma",
}


@pytest.mark.parametrize(("extension", "content_type"), MEDIA_TYPES.items())
def test_each_extension_has_its_media_type_in_either_case(extension: str, content_type: str) -> None:
    for name in (f"x.{extension}", f"x.{extension.upper()}", f"x.y.{extension.title()}"):
        media = media_type(name)
        assert media is not None
        assert media.content_type == content_type
        assert media.kind == content_type.partition("/")[0]


@pytest.mark.parametrize("name", ["mp4", "x", "x.", "x.mp4.part", "x.mp44", "x.mp4 ", "x.txt", "x.ts", "x.mp４"])
def test_any_other_extension_is_of_no_kind(name: str) -> None:
    assert media_type(name) is None
    with pytest.raises(InvalidFileType):
        require_kind(name, "video")


def test_a_file_of_the_other_kind_is_refused() -> None:
    require_kind("x.wav", "audio")
    with pytest.raises(InvalidFileType, match="audio, not video"):
        require_kind("x.wav", "video")


@pytest.mark.parametrize(
    ("template", "identifier", "stem"),
    [
        ("{uuid}output", "5", "5output"),
        ("{uuid}", "5", "5"),
        ("out-{uuid}", "a.b", "out-a.b"),
        ("<{uuid}>", "{uuid}", "<{uuid}>"),
        ("{uuid}output", "", None),
        ("{uuid}output", "a/b", None),
        ("{uuid}output", "..", None),
    ],
)
def test_the_template_makes_a_stem_of_an_identifier(template: str, identifier: str, stem: str | None) -> None:
    assert GeneratedTemplate(template).stem(identifier) == stem


@pytest.mark.parametrize("template", ["", "output", "{uuid}{uuid}", "a/{uuid}", "{id}"])
def test_a_template_without_its_one_place_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match="uuid"):
        GeneratedTemplate(template)
