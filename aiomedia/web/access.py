"""The access log: one line a request, in which nothing that a client sent can forge another."""

import logging

from aiohttp import hdrs, web
from aiohttp.abc import AbstractAccessLogger
from aiohttp.web_request import BaseRequest


class AccessLogger(AbstractAccessLogger):
    """aiohttp's own lets a quote, a C1 control or a byte that is not UTF-8 break the line, or lose it."""

    def log(self, request: BaseRequest, response: web.StreamResponse, time: float) -> None:
        sent = request.writer.output_size  # with the head, and of an answer that was cut what was sent
        agent = request.headers.get(hdrs.USER_AGENT, "")
        self.write(request.remote, request.method, request.raw_path, response.status, sent, time, agent)

    def write(
        self, remote: str | None, method: str, path: str, status: int, sent: int, seconds: float, agent: str
    ) -> None:
        """Logs an answer. `path` is as it was asked for; `sent` is in bytes."""
        self.logger.info(
            "%s %s %s %d %d %.1fms %s",
            remote or "-",
            method,
            _quoted(path),
            status,
            sent,
            seconds * 1000,
            _quoted(agent),
        )

    @property
    def enabled(self) -> bool:
        return self.logger.isEnabledFor(logging.INFO)


def _quoted(text: str) -> str:
    """In double quotes, with all but printable ASCII escaped."""
    escaped = text.encode("unicode_escape").decode().replace('"', '\\"')
    return f'"{escaped}"'
