"""The built-in rules: a module per family of the catalogue, a pure function per code.

``rules/<family>/<CODE>.toml`` declares a rule; ``posecheck.rules.<family>.<code>`` judges. A
function receives a subject and the rule's parameters, opens nothing, and yields `Hit` or `Skip`.
"""

from __future__ import annotations

import importlib

from posecheck.model.rule import Rule, RuleFunction


def function_of(rule: Rule) -> RuleFunction:
    """Return the function that judges a rule.

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
