"""Where files are kept: what there is, what becomes of it, and its bytes."""
