"""Configuration of the documentation."""

import sys
from pathlib import Path

from posecheck import __version__

sys.path.insert(0, str(Path(__file__).with_name("_extensions")))

project = "posecheck"
author = "The posecheck developers"
copyright = "2026, the posecheck developers"  # noqa: A001 - Sphinx's own name
release = __version__
version = release

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "numpydoc",
    "command_reference",
    "layer_diagram",
    "rule_pages",
    "speed_table",
]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
numpydoc_show_class_members = False
autodoc_typehints = "none"
exclude_patterns = ["_build", "_extensions", "_generated"]
nitpicky = False

html_theme = "furo"
html_title = f"posecheck {release}"
html_static_path: list[str] = []
html_extra_path = ["posecheck.schema.json", "report.schema.json"]
