"""What declarations say of fixes, and what rules give for them."""

from __future__ import annotations

from typing import Any

import pytest

from posecheck.catalog.declaration import DeclarationError, parse_declaration
from posecheck.model.edit import FixSafety
from posecheck.model.wording import fix_of

_TEXTS = {
    "code": "XYZ001",
    "name": "some-defect",
    "severity": "error",
    "scope": "video",
    "since": "0.1.0",
    **dict.fromkeys(("message", "what", "why", "remedy"), "m"),
}


@pytest.mark.parametrize(
    ("of_rule", "of_variant", "safety"),
    [
        ({}, {}, None),
        ({"fix": "safe"}, {}, FixSafety.SAFE),
        ({"fix": "unsafe"}, {"fix": "safe"}, FixSafety.SAFE),
        ({"fix": "safe"}, {"fix": "none"}, None),
        ({}, {"fix": "unsafe"}, FixSafety.UNSAFE),
    ],
)
def test_a_variant_may_have_another_safety(
    of_rule: dict[str, Any], of_variant: dict[str, Any], safety: FixSafety | None
) -> None:
    variants = {"other": {"message": "m", **of_variant}}
    rule = parse_declaration("video", {**_TEXTS, **of_rule, "variants": variants})
    assert fix_of(rule, "other") is safety
    assert fix_of(rule, "") is (FixSafety(of_rule["fix"]) if of_rule else None)


def test_a_safety_that_there_is_not_is_refused() -> None:
    with pytest.raises(DeclarationError, match="perhaps"):
        parse_declaration("video", {**_TEXTS, "fix": "perhaps"})
