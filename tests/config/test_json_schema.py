"""The JSON Schema of ``posecheck.toml`` says what the reader takes."""

from __future__ import annotations

import datetime
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.documentation.documents import CHECKOUT

from posecheck.catalog import load_catalog
from posecheck.config.json_schema import json_schema
from posecheck.config.reader import read_configuration
from posecheck.config.schema import Schema
from posecheck.config.source import ConfigurationSource
from posecheck.model.errors import PosecheckError

RULES = load_catalog(with_cases=False)
DOCUMENT = json_schema(RULES)
EXAMPLES = re.findall(
    r"```toml\n(.*?)```",
    (CHECKOUT / "docs" / "how-to" / "configure.md").read_text(encoding="utf-8"),
    re.DOTALL,
)


def plain(value: Any) -> Any:
    """Return a value of TOML as editors hold it against a schema: dates as strings."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return value


def is_valid(text: str) -> bool:
    return bool(jsonschema.Draft7Validator(DOCUMENT).is_valid(plain(tomllib.loads(text))))


def is_read(text: str) -> bool:
    source = ConfigurationSource(name="posecheck.toml", folder=Path(), text=text)
    try:
        read_configuration(source, RULES)
    except PosecheckError:
        return False
    return True


def test_the_document_is_the_one_in_the_documentation() -> None:
    """Write it again with ``posecheck config --schema > docs/posecheck.schema.json``."""
    path = CHECKOUT / "docs" / "posecheck.schema.json"
    assert json.loads(path.read_text(encoding="utf-8")) == DOCUMENT
    jsonschema.Draft7Validator.check_schema(DOCUMENT)


def test_it_has_the_keys_that_are_read() -> None:
    source = ConfigurationSource(name="posecheck.toml", folder=Path(), text="")
    assert set(DOCUMENT["properties"]) == set(Schema(source, RULES).keys())


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_examples_are_valid(text: str) -> None:
    assert is_valid(text)
    assert is_read(text)


@pytest.mark.parametrize(
    "text",
    [
        'required-version = ">=0.0"',
        'ignore = ["VID", "NWBI.check_keywords", "external-file-missing"]',
        'fail-on = "never"',
        'fail-on = { default = "hint", VID = "never" }',
        'file-memory = "4 GB"',
        "file-memory = 100000000",
        "[rules.NOD015]\nshare = 1",
        '[ignore]\nVID = { reason = "so", expires = 2030-01-01 }',
        '[severity]\nVID = "hint"',
    ],
)
def test_what_is_read_is_valid(text: str) -> None:
    assert is_read(text)
    assert is_valid(text)


@pytest.mark.parametrize(
    "text",
    [
        "selekt = []",
        'select = "VID"',
        'fail-on = "often"',
        'fail-on = { VID = "often" }',
        "jobs = 0",
        "file-timeout = 0",
        'file-memory = "much"',
        'engines = ["all"]',
        'decode = "half"',
        '[severity]\nVID = "never"',
        '[ignore]\nVID = ""',
        "[ignore]\nVID = { expires = 2030-01-01 }",
        '[ignore]\nVID = { reason = "so", until = 1 }',
        "[rules.NOD015]\nshares = 1",
        '[rules.NOD015]\nshare = "much"',
    ],
)
def test_what_is_not_read_is_not_valid(text: str) -> None:
    assert not is_read(text)
    assert not is_valid(text)
