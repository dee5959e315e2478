"""NWB Inspector's checks on an opened file.

The findings are those of ``nwbinspector``, with the importance that its configuration gives them:
dandi's, unless another is named.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nwbinspector.utils
import yaml
from hdmf.build import BuildManager
from nwbinspector import (
    Importance,
    InspectorMessage,
    configure_checks,
    default_check_registry,
    inspect_nwbfile_object,
)
from nwbinspector import load_config as load_inspector_config
from pynwb import NWBFile

from posecheck.model.errors import ConfigurationError
from posecheck.model.finding import Finding, Origin, Severity
from posecheck.model.named_text import NamedText
from posecheck.validators.containers import open_container
from posecheck.validators.explanations import explanation
from posecheck.validators.messages import one_line, path_of, place_of, quiet_and_fast, reason_of
from posecheck.validators.protocol import KeptForFile

ORIGIN = Origin("nwbinspector", version("nwbinspector"))

UNREADABLE = "NWBI.unreadable"
"""pynwb raised while it read the file for NWB Inspector, so that no check ran."""
FAILED = "NWBI.check-failed"
"""A check raised; NWB Inspector reports that as an error."""

SEVERITIES = {
    Importance.ERROR: Severity.ERROR,
    Importance.PYNWB_VALIDATION: Severity.ERROR,
    Importance.CRITICAL: Severity.ERROR,
    Importance.BEST_PRACTICE_VIOLATION: Severity.WARNING,
    Importance.BEST_PRACTICE_SUGGESTION: Severity.HINT,
}
"""NWB Inspector's importance as dandi maps it."""


class Inspector:
    """Runs NWB Inspector's checks; one per process, since it keeps its configuration.

    Parameters
    ----------
    config
        A configuration's keyword (``dandi``), the path of its YAML file, or its content.

    Raises
    ------
    ConfigurationError
        If there is no such configuration, or NWB Inspector refuses it.
    """

    def __init__(self, config: str | Path | NamedText = "dandi") -> None:
        self._checks = _configured(config)

    def inspect(
        self,
        handle: Any,
        display_path: str,
        path: Path | None = None,
        kept: KeptForFile | None = None,
    ) -> tuple[Finding, ...]:
        """Return what NWB Inspector says of a file, in the order of its checks.

        Parameters
        ----------
        handle
            The file, opened through a Python file object.
        display_path
            Its path as the user would write it.
        path
            Where it lies, if that is not ``display_path``: videos are looked for beside it.
        kept
            Receives what pynwb made of the file.

        Returns
        -------
        tuple of Finding
            Errors, warnings and hints. A file that pynwb cannot read has one finding,
            ``NWBI.unreadable``.
        """
        kept = kept or KeptForFile()
        with quiet_and_fast():
            try:
                opened = open_container(handle, path or Path(display_path))
                kept.container = opened.container
                messages = self._messages(opened.manager, kept.container)
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001 - what pynwb raises is its result
                kept.unreadable = reason_of(error)
                return (_unreadable(display_path, error),)
            finally:
                _forget_data()
        findings = [_finding(display_path, message) for message in messages]
        unique = {(each.code, each.message, each.location): each for each in findings}
        return tuple(unique.values())

    def _messages(self, manager: BuildManager, file: NWBFile) -> list[InspectorMessage]:
        def place(found: Any) -> str:
            return path_of(manager.get_builder(found))

        checks = [_LocatedCheck(check, place) for check in self._checks]
        return list(inspect_nwbfile_object(file, checks=checks))


class _LocatedCheck:
    """A check that says which object it reports, and answers for its own failure.

    NWB Inspector gives the place only of objects that hold a dataset, and puts a traceback with
    this machine's paths where a check raises.
    """

    def __init__(self, check: Callable[[Any], Any], place: Callable[[Any], str]) -> None:
        vars(self).update(vars(check))  # importance, type and the schema versions it applies to
        self.__name__ = check.__name__
        self._check = check
        self._place = place

    def __call__(self, found: Any) -> list[InspectorMessage]:
        try:
            messages = list(_messages_in(self._check(found)))
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - NWB Inspector reports it and goes on
            failure = f"{self.__name__} failed: {type(error).__name__}: {reason_of(error)}"
            messages = [InspectorMessage(failure, check_function_name=FAILED)]
        for message in messages:
            message.location = self._place(found)
        return messages


def _messages_in(output: Any) -> Iterator[InspectorMessage]:
    if isinstance(output, InspectorMessage):
        yield output
    elif output is not None:
        yield from (message for message in output if message is not None)


def _configured(config: str | Path | NamedText) -> list[Callable[[Any], Any]]:
    # Not what others registered: posecheck.nwbinspector has posecheck check the file again.
    own = list(default_check_registry.values())
    name = config.name if isinstance(config, NamedText) else str(config)
    try:
        loaded = (
            yaml.safe_load(config.text)
            if isinstance(config, NamedText)
            else load_inspector_config(config)
        )
        checks: list[Callable[[Any], Any]] = configure_checks(own, config=loaded)
    except OSError as error:
        raise ConfigurationError(
            f"NWB Inspector has no configuration {name!r}: name dandi or a YAML file "
            f"({error.strerror})"
        ) from error
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever its YAML or its schema gives rise to
        raise ConfigurationError(
            f"NWB Inspector cannot use the configuration {name!r}: {_fault_of(error)}"
        ) from None  # the cause quotes the file
    return checks


def _fault_of(error: Exception) -> str:
    """Say what is wrong with a configuration, and quote nothing: it may be anybody's secret."""
    mark = getattr(error, "problem_mark", None)  # PyYAML's
    if mark is not None:
        return f"it is not YAML ({type(error).__name__} in line {mark.line + 1})"
    path = getattr(error, "absolute_path", None)  # jsonschema's: keys that the schema knows
    if path is not None:
        place = "".join(f"[{each!r}]" for each in path)
        return (
            f"{place or 'its top level'} is not as wanted; it maps CRITICAL, "
            "BEST_PRACTICE_VIOLATION, BEST_PRACTICE_SUGGESTION or SKIP to lists of names of checks"
        )
    return f"it cannot be read as YAML text ({type(error).__name__})"


def _finding(display_path: str, message: InspectorMessage) -> Finding:
    name = str(message.check_function_name)
    failed = name == FAILED
    code = FAILED if failed else f"NWBI.{name}"
    known = explanation(code, message.message)
    return Finding(
        code=code,
        name="check-failed" if failed else name.removeprefix("check_").replace("_", "-"),
        severity=Severity.ERROR if failed else SEVERITIES[message.importance],
        message=one_line(message.message),
        file=display_path,
        location=message.location or "/",
        remedy=known.remedy,
        url=known.page,
        origin=ORIGIN,
        values={
            "check": name,
            "object_type": message.object_type,
            "object_name": message.object_name,
        },
    )


def _unreadable(display_path: str, error: Exception) -> Finding:
    return Finding(
        code=UNREADABLE,
        name="unreadable",
        severity=Severity.ERROR,
        message=f"pynwb cannot read the file for NWB Inspector: {reason_of(error)}",
        file=display_path,
        location=place_of(error) or "/",
        remedy=explanation(UNREADABLE).remedy,
        url=explanation(UNREADABLE).page,
        origin=ORIGIN,
        values={"exception": type(error).__name__},
    )


def _forget_data() -> None:
    """Empty NWB Inspector's cache of array data, which would hold that of a thousand arrays."""
    # Private names of NWB Inspector: where they are gone, there is nothing to empty.
    select = getattr(nwbinspector.utils, "cache_data_selection", None)
    module = sys.modules[select.__module__] if select is not None else None
    cached = getattr(module, "_cache_data_retrieval_command", None)
    if cached is not None:
        cached.cache_clear()
