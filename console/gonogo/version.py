"""The version: a constant, so that telling it reads no package metadata."""

__version__ = "0.1.0.dev0"
