"""Names of header fields, as RFC 9110 and the Fetch standard write them, where aiohttp has none or writes another."""

from typing import Final

from multidict import istr

ETAG: Final = istr("ETag")
CONTENT_TYPE_OPTIONS: Final = istr("X-Content-Type-Options")
CURSOR: Final = istr("Aiomedia-Cursor")
CONTENT_SECURITY_POLICY: Final = istr("Content-Security-Policy")
