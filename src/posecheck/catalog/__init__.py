"""The rule catalogue: ``rules/<family>/<CODE>.toml`` read into `Rule` values."""

from posecheck.catalog.declaration import DeclarationError, parse_declaration
from posecheck.catalog.loading import catalog_folder, load_catalog

__all__ = ["DeclarationError", "catalog_folder", "load_catalog", "parse_declaration"]
