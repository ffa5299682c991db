"""Which content coding a client gets (RFC 9110 12.5.3)."""

import re
from collections.abc import Sequence
from functools import lru_cache

_ELEMENT = re.compile(
    r"[ \t]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*(?:;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?[ \t]*"
)

_USUAL = 100  # characters; longer ones are not remembered


def accepts_gzip(lines: Sequence[str]) -> bool:
    """Whether Accept-Encoding takes gzip, and likes it no less than the plain bytes. Malformed elements are ignored."""
    if not lines:
        return False
    value = ",".join(lines)
    return _accepts_gzip(value) if len(value) <= _USUAL else _accepts_gzip.__wrapped__(value)


@lru_cache(maxsize=256)  # clients send one of a few values, which take ten times as long to read as to look up
def _accepts_gzip(value: str) -> bool:
    weights: dict[str, float] = {}
    for element in value.split(","):
        if (matched := _ELEMENT.fullmatch(element)) is not None:
            coding, weight = matched.groups()
            weights[coding.lower()] = 1.0 if weight is None else float(weight)
    gzip = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)
