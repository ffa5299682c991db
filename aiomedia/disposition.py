"""The Content-Disposition of a file name (RFC 6266, RFC 8187)."""

import re
from functools import lru_cache
from typing import Literal
from urllib.parse import quote

Disposition = Literal["attachment", "inline"]

# What must not be in a field, or changes how a name looks: controls, lone surrogates (not UTF-8), and the marks that
# show a name in another order than it has, `gpj.4pm` for `mp4.jpg` (Unicode TR 36).
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@lru_cache(maxsize=1024)
def content_disposition(disposition: Disposition, filename: str) -> str:
    """The field's value: `filename`, and `filename*` too when plain ASCII can't hold the name as it is.

    What must not be shown is left out. It raises nothing.
    """
    shown = _UNSHOWN.sub("", filename)
    fallback = shown if shown.isascii() else shown.encode("ascii", "replace").decode().replace("?", "_")
    quoted = fallback.replace("\\", "\\\\").replace('"', '\\"')
    field = f'{disposition}; filename="{quoted}"'
    # A browser decodes %41 in `filename`, and some take a quote's escape for the name's end: both need the other form.
    if shown and (quoted != shown or "%" in shown or not filename.isascii()):
        field += f"; filename*=UTF-8''{quote(shown, safe='')}"
    return field
