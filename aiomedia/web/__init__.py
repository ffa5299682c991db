"""The HTTP server, on aiohttp."""
