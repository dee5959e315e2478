"""The built-in rules: a module per family of the catalogue, a pure function per code.

``rules/<family>/<CODE>.toml`` declares a rule; ``posecheck.rules.<family>.<code>`` checks. A
function receives a subject and the rule's parameters, opens nothing, and yields `Hit` or `Skip`.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from posecheck.model.rule import Hit, Params, Rule, RuleFunction, Skip


def evaluate_rule(rule: Rule, subject: Any, params: Params) -> Iterator[Hit | Skip]:
    """Yield what a rule says of a subject. Every rule is evaluated here, whatever its scope.

    Parameters
    ----------
    rule
        Its declaration.
    subject
        What its scope says: a recording or a part of it, a dandiset, an asset.
    params
        Its parameters, as they stand in this run.

    Raises
    ------
    LookupError
        If the rule has no function.
    Exception
        Whatever a faulty rule raises.
    """
    yield from _function_of(rule)(subject, params)


def _function_of(rule: Rule) -> RuleFunction:
    """Return the function that implements a rule.

    Raises
    ------
    LookupError
        If the family has no module, or the module no function of that code.
    """
    try:
        module = importlib.import_module(f"posecheck.rules.{rule.family}")
        function: RuleFunction = getattr(module, rule.code.lower())
    except (ModuleNotFoundError, AttributeError) as error:
        raise LookupError(f"{rule.code}: posecheck.rules.{rule.family} has no function") from error
    return function
