"""From settings to a plan: which files, which rules, within which limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from posecheck.catalog import load_catalog, load_writers
from posecheck.config.ignores import has_expired
from posecheck.config.reader import load_configuration
from posecheck.config.schema import Configuration
from posecheck.config.selection import (
    Layer,
    check_selectors,
    guards_of,
    is_everything,
    select_rules,
    values_by_code,
    without_foreign,
)
from posecheck.engine.annexed_files import streamed
from posecheck.engine.discovery import Found, discover, without_ways_out
from posecheck.engine.ignores import Ignore, codes_by_file, ignores_of
from posecheck.engine.report_root import find_root, holds_folder
from posecheck.engine.rule_set import RuleSet, build_rule_set
from posecheck.engine.settings import DEFAULT_VALIDATOR_TIMEOUT, DEFAULT_VIDEO_TIMEOUT, Settings
from posecheck.engine.validator_run import ValidatorSelection
from posecheck.execution.limits import (
    DEFAULT_FILE_MEMORY,
    DEFAULT_FILE_TIMEOUT,
    LEAST_FILE_MEMORY,
    MOST_FILE_MEMORY,
    Limits,
    available_processors,
)
from posecheck.model.annex_content import AnnexContent
from posecheck.model.data_read import DataRead
from posecheck.model.errors import Argument, UsageError
from posecheck.model.finding import Origin
from posecheck.model.progress import ProgressListener
from posecheck.model.rule import Rule
from posecheck.model.version import __version__
from posecheck.model.video_file import Decode
from posecheck.validators.protocol import Access, ValidatorOptions
from posecheck.validators.registry import POSE, create_validators, engine_names

VALIDATOR = "posecheck"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run will do.

    Attributes
    ----------
    found
        The files, in order.
    root
        The folder to which the fingerprints of the report are relative.
    rule_set
        The rules.
    configured_by
        Where the configuration was read; empty if there is none.
    ignores
        What is ignored, where and why.
    ignored
        For each file, the codes that are ignored in it, and not in all files.
    is_whole
        Whether the files are all that the configuration is for.
    jobs
        The number of workers.
    selection
        Which other validators run.
    limits
        What one file may take.
    data
        How much of each file's arrays is read; ``None`` for what is usual where the file is.
    decode, video_seconds
        How far to look into videos, and how long into each.
    """

    found: tuple[Found, ...]
    root: str
    rule_set: RuleSet
    selection: ValidatorSelection
    configured_by: str
    ignores: tuple[Ignore, ...]
    ignored: tuple[frozenset[str], ...]
    is_whole: bool
    jobs: int
    limits: Limits
    data: DataRead | None
    decode: Decode
    video_seconds: float

    def part(self, places: Sequence[int]) -> Plan:
        """Return the plan of some of its files, by their places."""
        if len(places) == len(self.found):
            return self
        return replace(
            self,
            found=tuple(self.found[place] for place in places),
            ignored=tuple(self.ignored[place] for place in places),
        )


def configuration_of(settings: Settings) -> Configuration:
    """Read the configuration that the settings name, or the one that is found above their paths.

    Raises
    ------
    UsageError
        If the settings name a file and ask for none.
    ConfigurationError
        If the configuration file cannot be used.
    """
    return load_configuration(
        load_catalog(with_cases=False),
        settings.local_paths,
        config=settings.config,
        isolated=settings.isolated,
        revision=settings.config_rev,
    )


def check_configuration(configuration: Configuration) -> None:
    """Refuse a configuration that selects what is not evaluated on files, or nothing at all.

    Raises
    ------
    UsageError
        If no rule is left.
    ConfigurationError
        If it selects what is not evaluated on files.
    """
    catalog = load_catalog(with_cases=False)
    layers, _ = without_foreign(layers_of(Settings(), configuration))
    check_selectors(catalog, layers, on_archive=True)
    _left(catalog, layers, _engines(Settings(), configuration, layers), on_archive=True)


def make_plan(  # noqa: PLR0913 - what it may be told
    settings: Settings,
    configuration: Configuration,
    *,
    asset_metadata: bool = False,
    found: tuple[Found, ...] | None = None,
    progress: ProgressListener | None = None,
    on_archive: bool = False,
) -> Plan:
    """Find the files and select the rules.

    Parameters
    ----------
    settings
        What was asked for.
    configuration
        What the configuration says, as `configuration_of` reads it.
    asset_metadata
        Whether the metadata that the archive would hold of each file is wanted, too.
    found
        The files, where not all that the settings name are to be checked.
    progress
        Receives what is listed elsewhere.
    on_archive
        Whether files on an archive are meant, though there may be none.

    Raises
    ------
    UsageError
        If a path or a code does not exist, or there is nothing to check.
    ConfigurationError
        If the configuration selects what is not evaluated on files.
    """
    is_part = found is not None
    if found is None:
        found = _find(settings, progress)
    found = without_ways_out(found, settings.paths, settings.linked_from)
    if settings.annex is AnnexContent.STREAM:
        found = streamed(found, settings.access)
    catalog = load_catalog(with_cases=False)
    layers = tuple(layers_of(settings, configuration))
    layers, foreign_ignores = without_foreign(layers)
    engines = _engines(settings, configuration, layers)
    on_archive = on_archive or any(item.source.is_on_archive for item in found)
    check_selectors(catalog, layers, on_archive=on_archive)
    rules = _left(catalog, layers, engines, on_archive=on_archive)
    guards = tuple(rule for rule in guards_of(catalog, layers) if rule not in rules)
    origin = Origin(VALIDATOR, __version__)
    source = configuration.source
    jobs = settings.jobs or configuration.jobs or available_processors()
    rule_set = build_rule_set(rules, configuration.parameters, origin, guards, load_writers())
    ignores = ignores_of(settings, configuration, catalog, found, rules)
    return Plan(
        found=found,
        root=find_root(settings.local_paths, source.folder if source is not None else None),
        rule_set=replace(
            rule_set,
            foreign_ignores=foreign_ignores,
            ignored=(
                _ignored_rules(catalog, layers, rules, on_archive=on_archive)
                if POSE in engines
                else ()
            ),
            severities=values_by_code(
                catalog,
                configuration.severity,
                key="severity",
                source=source.name if source is not None else "",
            ),
        ),
        selection=_selection(
            settings, configuration, engines, rules, asset_metadata=asset_metadata
        ),
        ignores=ignores,
        ignored=codes_by_file(ignores, len(found)),
        configured_by=source.display_name if source is not None else "",
        is_whole=(
            not (is_part or settings.addresses or settings.sources)
            and source is not None
            and holds_folder(settings.paths, source.folder)
        ),
        jobs=max(1, min(jobs, len(found))),
        limits=limits_of(settings, configuration),
        data=settings.data,
        decode=settings.decode or configuration.decode or Decode.PACKETS,
        video_seconds=(
            settings.video_timeout or configuration.video_timeout or DEFAULT_VIDEO_TIMEOUT
        ),
    )


def _find(settings: Settings, progress: ProgressListener | None) -> tuple[Found, ...]:
    opened = tuple(map(Found, settings.sources))
    if opened and not settings.paths:
        return opened
    return (*discover(settings.paths, access=settings.access, progress=progress), *opened)


def _left(
    catalog: Sequence[Rule],
    layers: Sequence[Layer],
    engines: frozenset[str],
    *,
    on_archive: bool,
) -> tuple[Rule, ...]:
    """Return the rules that are evaluated on files."""
    if POSE not in engines:
        return ()
    selected = select_rules(catalog, layers)
    rules = tuple(rule for rule in selected if rule.is_evaluated(on_archive=on_archive))
    if not rules:
        raise UsageError("no rule is left to run: select and ignore cancel each other out")
    return rules


def _ignored_rules(
    catalog: Sequence[Rule], layers: Sequence[Layer], rules: Sequence[Rule], *, on_archive: bool
) -> tuple[Rule, ...]:
    """Return the ignored rules that can be evaluated at no cost, for what they would report."""
    gathered = {need for rule in rules for need in rule.needs}
    wanted = select_rules(catalog, [replace(layer, ignore=()) for layer in layers])
    return tuple(
        replace(rule, cases=())
        for rule in wanted
        if rule not in rules
        and rule.is_evaluated(on_archive=on_archive)
        and gathered.issuperset(rule.needs)
    )


def _engines(
    settings: Settings, configuration: Configuration, layers: Sequence[Layer]
) -> frozenset[str]:
    """Return which validators run: those named, or all; posecheck's own if rules are selected."""
    every = engine_names()
    named = settings.engines or configuration.engines
    if named is not None:
        if POSE not in named and (settings.select or settings.extend_select):
            raise UsageError("rules are selected, and the engine that evaluates them, pose, is not")
        return frozenset(map(str, named))
    chosen = next((layer.select for layer in reversed(layers) if layer.select is not None), None)
    is_whole = chosen is None or any(map(is_everything, chosen))
    return frozenset(every if is_whole else {POSE})


def _selection(
    settings: Settings,
    configuration: Configuration,
    engines: frozenset[str],
    rules: Sequence[Rule],
    *,
    asset_metadata: bool,
) -> ValidatorSelection:
    """Return the validators that run: those that are named, and those that a rule needs.

    A rule's need is met where others read the file, too: it alone is not worth the import of pynwb.
    """
    config = settings.inspector_config or configuration.inspector_config or "dandi"
    every = create_validators(
        ValidatorOptions(inspector_config=config, asset_metadata=asset_metadata)
    )
    named = [each for each in every if each.name in engines and each.gathers is None]
    if any(each.access is Access.HANDLE for each in named):
        needs = {need for rule in rules for need in rule.needs}
        named = [each for each in every if each in named or each.gathers in needs]
    return ValidatorSelection(
        validators=tuple(named),
        seconds=(
            settings.validator_timeout
            or configuration.validator_timeout
            or DEFAULT_VALIDATOR_TIMEOUT
        ),
        memory=limits_of(settings, configuration).memory,
        alone=POSE not in engines,
        only_with_pose=settings.with_pose,
    )


def limits_of(settings: Settings, configuration: Configuration) -> Limits:
    """Settle the limits: as the settings say, or the configuration, or by default.

    Raises
    ------
    UsageError
        If no file could be checked within them.
    """
    memory = settings.file_memory or configuration.file_memory or DEFAULT_FILE_MEMORY
    if memory < LEAST_FILE_MEMORY:
        raise UsageError(
            f"a memory limit of {memory} bytes lets no file be checked; give ",
            Argument("file_memory"),
            " 64 MB or more",
        )
    seconds = settings.file_timeout or configuration.file_timeout or DEFAULT_FILE_TIMEOUT
    return Limits(seconds, min(memory, MOST_FILE_MEMORY))


def layers_of(settings: Settings, configuration: Configuration) -> Iterator[Layer]:
    """Yield what the configuration says of the rules to run, and then what the settings say."""
    if configuration.source is not None:
        yield Layer(
            select=configuration.select,
            extend_select=configuration.extend_select,
            ignore=tuple(
                selector
                for selector, terms in configuration.ignore.items()
                if not has_expired(terms)
            ),
            source=configuration.source.name,
        )
    yield Layer(
        select=settings.select,
        extend_select=settings.extend_select or (),
        ignore=settings.ignore or (),
    )
