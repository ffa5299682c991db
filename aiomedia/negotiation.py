"""Which content coding a client gets (RFC 9110 12.5.3)."""

import re
from collections.abc import Sequence

_ELEMENT = re.compile(
    r"[ \t]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*(?:;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?[ \t]*"
)


def accepts_gzip(lines: Sequence[str]) -> bool:
    """Whether Accept-Encoding takes gzip, and likes it no less than the plain bytes. Malformed elements are ignored."""
    if not lines:
        return False
    weights: dict[str, float] = {}
    for element in ",".join(lines).split(","):
        if (matched := _ELEMENT.fullmatch(element)) is not None:
            coding, weight = matched.groups()
            weights[coding.lower()] = 1.0 if weight is None else float(weight)
    gzip = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)
