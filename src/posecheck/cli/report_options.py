"""The options of every command that shows a report: declared and checked once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, get_type_hints

from posecheck.cli.option_values import split_thresholds
from posecheck.cli.options import (
    AllowUnfetched,
    Fail,
    Group,
    MaxPerRule,
    MinSeverity,
    NoColor,
    Outputs,
    Quiet,
    RequireContent,
    Statistics,
    Verbose,
)
from posecheck.cli.output_formats import Output, check_outputs, parse_outputs
from posecheck.model.errors import Argument, UsageError
from posecheck.model.fail_on import ON_ERRORS, FailOn
from posecheck.model.finding import Severity
from posecheck.report.reporter import Context, TerminalOptions

if TYPE_CHECKING:
    from posecheck.api.verdict import Verdict
    from posecheck.model.report import Report

P = ParamSpec("P")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """How a report is shown, and when it fails the run; one attribute for each option."""

    allow_unfetched: AllowUnfetched = False
    require_content: RequireContent = None
    fail_on: Fail = None
    output: Outputs = None
    group_by: Group = None
    max_per_rule: MaxPerRule = None
    min_severity: MinSeverity = Severity.HINT
    statistics: Statistics = False
    quiet: Quiet = False
    verbose: Verbose = False
    no_color: NoColor = False

    def outputs(self) -> tuple[Output, ...]:
        """Return the formats that were asked for, each with the file that it goes to.

        Raises
        ------
        UsageError
            If two options exclude each other, or a file cannot be written.
        """
        if self.quiet and self.verbose:
            raise UsageError("--quiet asks for less and --verbose for more: use one of them")
        if self.allow_unfetched and self.require_content is not None:
            raise UsageError(
                "--allow-unfetched needs no content and --require-content some: use one of them"
            )
        outputs = tuple(parse_outputs(self.output))
        check_outputs(outputs)
        return outputs

    def verdict(self, report: Report, context: Context) -> Verdict:
        """Decide whether a finished run passes."""
        from posecheck.api.verdict import verdict_of_report  # noqa: PLC0415 - help stays light

        return verdict_of_report(
            report,
            context.fail_on,
            allow_unfetched=self.allow_unfetched,
            require_content=self.require_content,
        )

    def context(self, configured: FailOn | None = None) -> Context:
        """Return what a reporter must know.

        Parameters
        ----------
        configured
            The ``fail-on`` of the configuration. The option replaces it if it names a severity for
            all rules, and adds to it if it names single codes alone.

        Raises
        ------
        UsageError
            If the option names a code that does not exist.
        """
        terminal = TerminalOptions(
            verbose=self.verbose,
            quiet=self.quiet,
            group_by=self.group_by,
            per_rule=self.max_per_rule,
            min_severity=self.min_severity,
            statistics=self.statistics,
        )
        fail_on = self._fail_on(configured or ON_ERRORS)
        return Context(fail_on, terminal=terminal, color=not self.no_color)

    def _fail_on(self, configured: FailOn) -> FailOn:
        thresholds = split_thresholds(self.fail_on)
        if not thresholds:
            return configured
        default = thresholds.pop("", None)
        if not thresholds:
            return FailOn.of(default)
        from posecheck.catalog import load_catalog  # noqa: PLC0415 - most runs name no code
        from posecheck.config.selection import fail_on_of  # noqa: PLC0415

        base = configured if default is None else FailOn.of(default)
        key = Argument("fail_on")
        named = fail_on_of(base.default, thresholds, load_catalog(with_cases=False), key=key)
        return base.amended(named)


def with_report_options(
    command: Callable[Concatenate[ReportOptions, P], None],
) -> Callable[P, None]:
    """Give a command the options of a report, and hand them to it as one value.

    Parameters
    ----------
    command
        A function whose first parameter receives them.
    """
    hints = get_type_hints(ReportOptions, include_extras=True)
    shared = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=hints[field.name],
        )
        for field in fields(ReportOptions)
    ]
    signature = inspect.signature(command, eval_str=True)
    own = list(signature.parameters.values())[1:]
    last = own.pop()  # the options of a report stand before --traceback

    @functools.wraps(command)
    def wrapped(*arguments: Any, **options: Any) -> None:
        report = ReportOptions(
            **{
                parameter.name: options.pop(parameter.name)
                for parameter in shared
                if parameter.name in options
            }
        )
        command(report, *arguments, **options)

    parameters = [*own, *shared, last]
    wrapped.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    wrapped.__annotations__ = {each.name: each.annotation for each in parameters}
    return wrapped
