"""A declaration says which stored fields its function looks at: its own cases show it."""

from __future__ import annotations

import pytest
from tests.rules.reading import watched

from posecheck.catalog import DeclarationError, load_catalog, parse_declaration
from posecheck.catalog.subjects import build_subject
from posecheck.model.rule import Params, Rule, Scope
from posecheck.rules import evaluate_rule

_OF_ONE_FILE = [
    rule
    for rule in load_catalog()
    if rule.scope not in {Scope.DANDISET, Scope.ASSET}
    # Whatever is wrong with a file's parts, rules on the file itself are to say so.
    if rule.family != "file" or rule.reads
]


@pytest.mark.parametrize("rule", _OF_ONE_FILE, ids=lambda rule: rule.code)
def test_a_rule_declares_what_it_reads(rule: Rule) -> None:
    read: set[str] = set()
    for case in rule.cases:
        if case.scope not in {None, rule.scope}:
            continue
        subject = build_subject(rule, case)
        params = Params({p.name: p.default for p in rule.parameters} | dict(case.parameters))
        with watched() as fields:
            list(evaluate_rule(rule, subject, params))
        read |= fields
    missing = sorted(read - {*rule.reads, *rule.compares})
    assert missing == [], f"add to the reads of {rule.code}.toml: {missing}"


@pytest.mark.parametrize("key", ["reads", "compares", "reports"])
def test_a_field_that_nothing_stores_is_refused(key: str) -> None:
    document = {
        "code": "ABC001",
        "name": "a-name",
        "severity": "error",
        "scope": "video",
        "since": "0.1.0",
        "message": "m",
        "what": "w",
        "why": "w",
        "remedy": "r",
        key: ["video.starting_frame", "video.colour"],
    }
    with pytest.raises(DeclarationError, match=r"'video\.colour' is no field"):
        parse_declaration("video", document)
    document[key] = ["video.starting_frame"]
    assert getattr(parse_declaration("video", document), key) == ("video.starting_frame",)
