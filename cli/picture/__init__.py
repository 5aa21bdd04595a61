"""A story as one HTML file: the picture, the steps, the releases. No script, and nothing from elsewhere."""

from cli.picture.page import render

__all__ = ["render"]
