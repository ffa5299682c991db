"""The description as one page to read: plain HTML, made of the same document that programs get."""

from collections.abc import Iterator
from html import escape
from http import HTTPStatus

from aiomedia.web.openapi.markup import code, described, example, inline, kind, prose, table
from aiomedia.web.openapi.schemas import Json

Methods = dict[str, Json]  # of a path: "get" and mostly "head"


def page(document: Json) -> str:
    """HTML whose links are relative to where it is, beside `openapi.json`."""
    return "".join(_lines(document))


def _lines(document: Json) -> Iterator[str]:
    about = document["info"]
    yield "<!DOCTYPE html>\n<html lang=en>\n<meta charset=utf-8>\n"
    yield f"<title>{escape(about['title'])}: HTTP interface</title>\n"
    yield '<meta name=viewport content="width=device-width, initial-scale=1">\n'
    yield '<meta name=color-scheme content="light dark">\n'
    yield '<link rel=icon type="image/svg+xml" href="page/icon.svg">\n'
    yield '<link rel=stylesheet href="page/theme.css">\n<link rel=stylesheet href="page/reference.css">\n'
    yield "<body class=reference>\n"
    yield from _navigation(document)
    yield f"<main>\n<header><h1>{escape(about['title'])} <small>{escape(about['version'])}</small></h1>\n"
    yield prose(about["description"])
    yield '<p><a href="openapi.json">openapi.json</a> · <a href="./">Live page</a> · '
    yield '<a href="browse/">Plain index</a></p></header>\n'
    for tag in document["tags"]:
        yield f"<h2 id={escape(tag['name'])}>{escape(tag['name'])}</h2>\n{prose(tag['description'])}\n"
        for path, methods in _tagged(document, tag["name"]):
            yield from _section(document, path, methods)
    yield from _errors(document)
    yield from _schemas(document)
    yield "</main>\n"


def _tagged(document: Json, tag: str) -> Iterator[tuple[str, Methods]]:
    return ((path, methods) for path, methods in document["paths"].items() if tag in methods["get"]["tags"])


def _navigation(document: Json) -> Iterator[str]:
    yield "<nav aria-label=Contents>\n"
    for tag in document["tags"]:
        yield f'<p><a href="#{escape(tag["name"])}">{escape(tag["name"])}</a><ul>'
        for path, methods in _tagged(document, tag["name"]):
            yield f'<li><a href="#{methods["get"]["operationId"]}">{_path(path)}</a>'
        yield "</ul>\n"
    yield '<p><a href="#errors">Errors</a><p><a href="#schemas">Schemas</a>\n</nav>\n'


def _path(path: str) -> str:
    """A path that may break where a browser would not."""
    return escape(path).replace("/", "<wbr>/").removeprefix("<wbr>")


def _section(document: Json, path: str, methods: Methods) -> Iterator[str]:
    operation = methods["get"]
    name = operation["operationId"]
    badges = "".join(f"<span class=method>{method.upper()}</span> " for method in methods)
    yield f'<section id={name} aria-labelledby="{name}-title">\n<h3 id="{name}-title"><a href="#{name}">{badges}'
    yield f"<code>{_path(path)}</code></a></h3>\n<p class=summary>{inline(operation['summary'])}</p>"
    yield prose(operation["description"]) + "\n"
    parameters = [_resolved(document, parameter) for parameter in operation["parameters"]]
    if parameters:
        yield from table(("Parameter", "In", "Value", "Meaning"), map(_parameter, parameters))
    answers = ((int(status), _resolved(document, answer)) for status, answer in operation["responses"].items())
    yield from table(("Status", "Answer", "Fields"), (_answer(status, answer) for status, answer in answers))
    yield "</section>\n"


def _resolved(document: Json, referring: Json) -> Json:
    if "$ref" not in referring:
        return referring
    found = document
    for key in referring["$ref"].removeprefix("#/").split("/"):
        found = found[key]
    return found


def _parameter(parameter: Json) -> tuple[str, str, str, str]:
    schema, notes = parameter["schema"], []
    if "default" in schema:
        default = schema["default"]
        notes.append(f"Default {code([str(default).lower() if isinstance(default, bool) else default])}.")
    if "example" in parameter:
        notes.append(f"Like {code([parameter['example']])}.")
    where = "field" if parameter["in"] == "header" else str(parameter["in"])
    return code([parameter["name"]]), where, kind(schema), " ".join([inline(parameter["description"]), *notes])


def _answer(status: int, answer: Json) -> tuple[str, str, str]:
    told = prose(answer["description"])
    content = answer.get("content", {})
    if status < HTTPStatus.BAD_REQUEST or "example" in next(iter(content.values())):
        told += "".join(f"<p>{code(media_types)} {shown}</p>" for shown, media_types in _by_kind(content).items())
    told += "".join(example(of["example"]) for of in content.values() if "example" in of)
    phrase = escape(HTTPStatus(status).phrase)
    return f"<span class=status>{status}</span> {phrase}", told, code(answer.get("headers", ()))


def _by_kind(content: Json) -> dict[str, list[str]]:
    media_types: dict[str, list[str]] = {}
    for media_type, of in content.items():
        media_types.setdefault(kind(of["schema"]), []).append(media_type)
    return media_types


def _errors(document: Json) -> Iterator[str]:
    yield "<h2 id=errors>Errors</h2>\n"
    yield from table(("Status", "Code", "Meaning"), _error_rows(document))


def _error_rows(document: Json) -> Iterator[tuple[str, str, str]]:
    """Each slug once, though several answers may have it."""
    statuses = {"MethodNotAllowed": HTTPStatus.METHOD_NOT_ALLOWED.value}
    for methods in document["paths"].values():
        for status, answer in methods["get"]["responses"].items():
            if "$ref" in answer:
                statuses[answer["$ref"].rpartition("/")[2]] = int(status)
    meanings = {
        (status, slug): shown["value"]["error"]
        for name, status in statuses.items()
        for content in document["components"]["responses"][name]["content"].values()
        for slug, shown in content["examples"].items()
    }
    for (status, slug), meaning in sorted(meanings.items()):
        yield f"<span class=status>{status}</span>", code([slug]), inline(meaning)


def _schemas(document: Json) -> Iterator[str]:
    yield "<h2 id=schemas>Schemas</h2>\n"
    for name, schema in document["components"]["schemas"].items():
        yield f'<section id="schema-{name}">\n<h3><a href="#schema-{name}">{name}</a></h3>'
        yield prose(schema["description"])
        rows = ((code([key]), kind(of), described(of)) for key, of in schema["properties"].items())
        yield from table(("Key", "Value", "Meaning"), rows)
        yield "</section>\n"
