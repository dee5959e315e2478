"""The rule catalogue: ``rules/<family>/<CODE>.toml`` read into `Rule` values.

``rules/writers/<name>.toml`` are `Writer` values: the programs that write pose files.
``rules/validators/<name>.toml`` are `ValidatorGuide` values: what is added to others' findings.
"""

from posecheck.catalog.declaration import DeclarationError, parse_declaration
from posecheck.catalog.loader import catalog_folder, load_catalog
from posecheck.catalog.validator_guides import load_validators
from posecheck.catalog.writers import load_writers

__all__ = [
    "DeclarationError",
    "catalog_folder",
    "load_catalog",
    "load_validators",
    "load_writers",
    "parse_declaration",
]
