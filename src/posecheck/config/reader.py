"""From the text of a configuration to what it says.

One run has one configuration, and reads it once.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from posecheck.config.schema import Configuration, Schema
from posecheck.config.source import ConfigurationSource, choose_source
from posecheck.model.errors import Argument, ConfigurationError, UsageError
from posecheck.model.rule import Rule


def load_configuration(
    rules: Sequence[Rule],
    paths: Sequence[str] = (),
    *,
    config: Path | None = None,
    isolated: bool = False,
    revision: str | None = None,
) -> Configuration:
    """Read the configuration that is named, or the one that is found above the paths.

    Parameters
    ----------
    rules
        All rules, by which codes and parameters are checked.
    paths, config, isolated
        As `posecheck.config.source.choose_source`.
    revision
        The git revision to read it from, in place of the work tree.

    Raises
    ------
    UsageError
        If a file is named and none is to be used.
    ConfigurationError
        If the file cannot be read or says what is not understood.
    """
    if revision is None:
        source = choose_source(paths, config=config, isolated=isolated)
    elif isolated:
        raise UsageError(
            Argument("config_rev"),
            " names a revision and ",
            Argument("isolated"),
            " asks for no configuration: use one of them",
        )
    else:
        from posecheck.config.revision import find_in_revision  # noqa: PLC0415 - it starts git

        source = find_in_revision(paths, revision, config=config)
    return Configuration() if source is None else read_configuration(source, rules)


def read_configuration(source: ConfigurationSource, rules: Sequence[Rule]) -> Configuration:
    """Read one configuration.

    Raises
    ------
    ConfigurationError
        If it is not TOML, or names what does not exist, or has a value of a wrong type.
    """
    table = source.parse()
    if table is None:
        raise ConfigurationError(f"{source.name}: there is no [tool.posecheck] table")
    return Schema(source, rules).read(table)
