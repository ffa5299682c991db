"""The description of the HTTP interface as OpenAPI 3.1, made of what the code itself goes by."""
