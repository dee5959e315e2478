"""What a run ignores: for all files and for some, by the configuration and by the command line."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from posecheck.config.globs import check_glob, covers
from posecheck.config.ignores import IgnoreTerms, has_expired
from posecheck.config.schema import Configuration
from posecheck.config.selection import codes_matching
from posecheck.engine.discovery import Found
from posecheck.engine.settings import Settings
from posecheck.model.configuration_use import IgnoreState, IgnoreUse
from posecheck.model.errors import Argument, UsageError
from posecheck.model.rule import Rule
from posecheck.sources.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """One ignore of a run.

    Attributes
    ----------
    use
        What is reported of it, before anything is counted.
    codes
        The codes of posecheck's rules that it ignores, and codes and prefixes of other validators;
        none once it has expired.
    files
        Of which files, by their places in the run; ``None`` for all.
    """

    use: IgnoreUse
    codes: frozenset[str]
    files: frozenset[int] | None = None


def ignores_of(
    settings: Settings,
    configuration: Configuration,
    catalog: Sequence[Rule],
    found: Sequence[Found],
    evaluated: Iterable[Rule],
) -> tuple[Ignore, ...]:
    """Return everything that a run ignores.

    Parameters
    ----------
    settings, configuration
        What states it.
    catalog
        All rules.
    found
        The files.
    evaluated
        The rules that are left: a more specific selector may have kept one that is ignored.

    Raises
    ------
    ConfigurationError, UsageError
        If a glob or a selector means nothing.
    """
    stated = _Stated(catalog, frozenset(rule.code for rule in evaluated))
    sources = [each.source for each in found]
    every: list[Ignore] = []
    if (source := configuration.source) is not None:
        every += stated.everywhere(configuration.ignore, "ignore", source.name)
        for glob, terms in configuration.per_file_ignores.items():
            places = _covered(glob, source.folder, sources)
            every += stated.in_files(terms, glob, places, glob, source.name)
    without_terms = dict.fromkeys(settings.ignore or (), IgnoreTerms())
    every += stated.everywhere(without_terms, Argument("ignore"), "")
    for glob, selector in settings.per_file_ignores or ():
        key = Argument("per_file_ignores")
        try:
            check_glob(glob)
        except ValueError as error:
            raise UsageError(key, f": {error}") from error
        places = _covered(glob, settings.globs_from or Path.cwd(), sources)
        every += stated.in_files({selector: IgnoreTerms()}, glob, places, key, "")
    return tuple(every)


def codes_by_file(ignores: Iterable[Ignore], count: int) -> tuple[frozenset[str], ...]:
    """Return for each of some files the codes that are ignored in it, and not in all files."""
    by_file: list[set[str]] = [set() for _ in range(count)]
    for ignore in ignores:
        for place in ignore.files or ():
            by_file[place] |= ignore.codes
    return tuple(map(frozenset, by_file))


class _Stated:
    """Reads selectors with their terms."""

    def __init__(self, catalog: Sequence[Rule], evaluated: frozenset[str]) -> None:
        self._catalog = catalog
        self._left = evaluated.union(rule.code for rule in catalog if rule.is_of_archive)

    def everywhere(
        self, stated: Mapping[str, IgnoreTerms], key: str | Argument, source: str
    ) -> Iterator[Ignore]:
        for use, codes in self._read(stated, "", key, source):
            yield Ignore(use=use, codes=codes - self._left)

    def in_files(
        self,
        stated: Mapping[str, IgnoreTerms],
        glob: str,
        places: frozenset[int],
        key: str | Argument,
        source: str,
    ) -> Iterator[Ignore]:
        for use, codes in self._read(stated, glob, key, source):
            yield Ignore(use=use, codes=codes, files=places)

    def _read(
        self, stated: Mapping[str, IgnoreTerms], glob: str, key: str | Argument, source: str
    ) -> Iterator[tuple[IgnoreUse, frozenset[str]]]:
        for selector, terms in stated.items():
            codes = codes_matching(self._catalog, selector, key=key, source=source, foreign=True)
            is_over = has_expired(terms)
            use = IgnoreUse(
                selector=selector,
                glob=glob,
                reason=terms.reason,
                expires=terms.expires.isoformat() if terms.expires is not None else "",
                is_configured=bool(source),
                state=IgnoreState.EXPIRED if is_over else IgnoreState.ACTIVE,
            )
            yield use, frozenset() if is_over else frozenset(codes)


def _covered(glob: str, folder: Path, sources: Sequence[Source]) -> frozenset[int]:
    return frozenset(
        place for place, source in enumerate(sources) if covers(glob, _parts_below(folder, source))
    )


def _parts_below(folder: Path, source: Source) -> tuple[str, ...]:
    """Return the components of a path; of a file elsewhere, those of the path in its address."""
    if not source.has_path:
        return tuple(part for part in source.address_path.split("/") if part)
    path = source.path
    try:
        return Path(os.path.relpath(path, folder)).parts
    except ValueError:  # on Windows, another drive
        return path.parts
