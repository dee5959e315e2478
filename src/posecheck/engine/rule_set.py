"""The rules of a run with their parameters settled, ready to be sent to a worker."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from posecheck.dandi_layout.constants import constant_of
from posecheck.model.finding import Finding, Origin, Severity
from posecheck.model.rule import Need, Parameter, Params, Rule
from posecheck.model.values import Value
from posecheck.model.writer import Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """The rules of a run, ready to be sent to a worker.

    Attributes
    ----------
    rules
        The selected rules, without their cases.
    configured
        For each code, the parameters that the configuration sets.
    origin
        Under whose name findings are made.
    guards
        Rules that were not selected and still report a file that cannot be evaluated: such a
        file must not pass because only other rules were asked for.
    foreign_ignores
        Codes of other validators, or their beginnings (``NWBI``), that are silenced.
    ignored
        Rules that are ignored for all files. They are evaluated, to count what is ignored,
        where the facts that they need are gathered for others.
    severities
        For each code, and each prefix of another validator, the severity that the configuration
        gives to its findings.
    writers
        The programs for whose users findings have remedies of their own.
    """

    rules: tuple[Rule, ...]
    configured: Mapping[str, Mapping[str, Value]]
    origin: Origin
    guards: tuple[Rule, ...] = ()
    foreign_ignores: tuple[str, ...] = ()
    ignored: tuple[Rule, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    writers: tuple[Writer, ...] = ()

    def params(self, rule: Rule) -> Params:
        """Settle what a rule's function receives: configured, from dandi, or default.

        Raises
        ------
        InternalError
            If the installed dandi lacks a constant that the declaration names.
        """
        configured = self.configured.get(rule.code, {})
        return Params({each.name: _settled(each, configured) for each in rule.parameters})

    def with_severity(self, finding: Finding) -> Finding:
        """Return a finding with the severity that the configuration gives to its code."""
        if not self.severities:
            return finding
        own = self.severities.get(finding.code)
        severity = own or self.severities.get(finding.code.partition(".")[0])
        return finding if severity is None else dataclasses.replace(finding, severity=severity)

    @property
    def needs(self) -> frozenset[Need]:
        """Every fact that a rule needs, for the reader to gather."""
        return frozenset(need for rule in self.rules for need in rule.needs)


def build_rule_set(
    rules: Sequence[Rule],
    configured: Mapping[str, Mapping[str, Value]],
    origin: Origin,
    guards: Sequence[Rule] = (),
    writers: Sequence[Writer] = (),
) -> RuleSet:
    """Gather the rules of a run, without their cases."""
    return RuleSet(
        rules=tuple(dataclasses.replace(rule, cases=()) for rule in rules),
        configured={code: dict(values) for code, values in configured.items()},
        origin=origin,
        guards=tuple(dataclasses.replace(rule, cases=()) for rule in guards),
        writers=tuple(writers),
    )


def _settled(parameter: Parameter, configured: Mapping[str, Value]) -> Value:
    if parameter.name in configured:
        return configured[parameter.name]
    return constant_of(parameter.source) if parameter.source else parameter.default
