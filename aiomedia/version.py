"""The version, for whoever names it: the package, its commands, and the description of its HTTP interface."""

__version__ = "0.1.0"
