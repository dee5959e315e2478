"""Count what each ignore suppresses, while the files of a run are checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from posecheck.engine.ignored_findings import is_ignored
from posecheck.engine.ignores import Ignore
from posecheck.model.configuration_use import ConfigurationUse, IgnoreState, IgnoreUse


class IgnoreTally:
    """Adds up what was ignored.

    Parameters
    ----------
    source
        Where the configuration was read.
    ignores
        Those of the run.
    is_whole
        Whether the run checks all files that its configuration is for: only then can an ignore be
        called unused.
    """

    def __init__(self, source: str, ignores: Sequence[Ignore], *, is_whole: bool) -> None:
        self._source = source
        self._ignores = tuple(ignores)
        self._is_whole = is_whole
        self._findings = [0] * len(self._ignores)
        self._is_counted = [True] * len(self._ignores)
        self._total = 0

    def add(self, place: int | None, ignored: Mapping[str, int]) -> None:
        """Add what was ignored of a file.

        Parameters
        ----------
        place
            Its place in the run; ``None`` for what rules over several files report.
        ignored
            How many findings of each code; a code that was not counted is missing.
        """
        self._total += sum(ignored.values())
        for index, ignore in enumerate(self._ignores):
            if place is not None and ignore.files is not None and place not in ignore.files:
                continue
            found = [code for code in ignored if is_ignored(code, ignore.codes)]
            self._findings[index] += sum(ignored[code] for code in found)
            counted = {code for each in found for code in (each, each.partition(".")[0])}
            if place is not None and not ignore.codes <= counted:
                self._is_counted[index] = False

    def result(self) -> ConfigurationUse:
        """Return what the run took from its configuration."""
        counted = zip(self._ignores, self._findings, self._is_counted, strict=True)
        uses = (self._use(*each) for each in counted)
        return ConfigurationUse(source=self._source, ignores=tuple(uses), ignored=self._total)

    def _use(self, ignore: Ignore, findings: int, is_counted: bool) -> IgnoreUse:
        if ignore.use.state is IgnoreState.EXPIRED:
            return ignore.use
        is_unused = self._is_whole and ignore.use.is_configured and is_counted and not findings
        state = IgnoreState.UNUSED if is_unused else IgnoreState.ACTIVE
        return replace(ignore.use, state=state, findings=findings, is_counted=is_counted)
