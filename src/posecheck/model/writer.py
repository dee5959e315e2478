"""Which program wrote a file, and what its users can do about a finding.

A writer is known by its signs: texts that its files carry. Its recipes are remedies for those who
use that program and not pynwb.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from posecheck.model.finding import Finding

if TYPE_CHECKING:
    # The model of a recording is a third of what `posecheck rules` would load, and unused there.
    from posecheck.model.pose import PoseContainer
    from posecheck.model.recording import Recording

_READ = 20_000
"""Characters of a text that are searched for a sign."""


class Trait(StrEnum):
    """A text of a file by which a program is known; the values name it in a declaration."""

    # Of the file:
    SOURCE_SCRIPT = "source_script"
    GENERATED_BY = "was_generated_by"
    IDENTIFIER = "identifier"
    SESSION_DESCRIPTION = "session_description"
    SPECIFICATION = "specification"
    # Of a container of pose:
    CONTAINER = "container"
    MODULE = "module"
    DESCRIPTION = "description"
    SCORER = "scorer"
    SOURCE_SOFTWARE = "source_software"
    SERIES_DESCRIPTION = "series_description"
    SKELETON = "skeleton"


FILE_TRAITS = frozenset(
    {
        Trait.SOURCE_SCRIPT,
        Trait.GENERATED_BY,
        Trait.IDENTIFIER,
        Trait.SESSION_DESCRIPTION,
        Trait.SPECIFICATION,
    }
)
"""The traits of a file; all others are a container's."""

Sign = Mapping[Trait, re.Pattern[str]]
"""Patterns, each of which must be found in its trait: in some text, if there are several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What the users of a program can do about a finding.

    Attributes
    ----------
    code
        The finding's: a rule's (``TIM006``) or another validator's (``NWBI.check_subject_exists``).
    variant
        The wording of the finding that it is for; empty for every wording that has no recipe of its
        own.
    remedy
        What to do.
    """

    code: str
    remedy: str
    variant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """A program that writes pose files, or estimates the pose in them.

    Attributes
    ----------
    name, title
        ``sleap-io`` for programs, and as it calls itself.
    rank
        Of several writers of one file, the one with the lowest rank gives the remedy.
    signs
        Any of them identifies the writer.
    tried
        The releases with which the recipes were tried.
    notes
        What its users should know of its files, in Markdown.
    """

    name: str
    title: str
    rank: int
    signs: tuple[Sign, ...]
    recipes: tuple[Recipe, ...] = ()
    tried: str = ""
    notes: str = ""

    def recipe(self, code: str, variant: str = "") -> Recipe | None:
        """Return what its users can do about a finding; ``None`` if there is no recipe."""
        answers = [each for each in self.recipes if each.code == code]
        for wanted in (variant, ""):
            for each in answers:
                if each.variant == wanted:
                    return each
        return None


def recipes_for(writers: Sequence[Writer], code: str) -> Iterator[tuple[Writer, Recipe]]:
    """Yield what the users of each program can do about a finding, with the program."""
    for writer in writers:
        for recipe in writer.recipes:
            if recipe.code == code:
                yield writer, recipe


def writers_of(
    recording: Recording, writers: Sequence[Writer], location: str = "/"
) -> tuple[Writer, ...]:
    """Return which programs wrote what lies at a place of a file, the most specific first.

    Parameters
    ----------
    recording
        The file.
    writers
        The programs to choose from.
    location
        The place. Inside a container of pose that container's own signs count, elsewhere those of
        every container: a program may have added its pose to the file of another.
    """
    containers = list(recording.every_container())
    held = [each for each in containers if _holds(each, location)]
    subjects = [_container_traits(each) for each in held or containers] or [{}]
    traits = _file_traits(recording)
    return tuple(
        writer
        for writer in sorted(writers, key=lambda each: each.rank)
        if any(_shows(sign, {**traits, **subject}) for sign in writer.signs for subject in subjects)
    )


def with_recipes(
    findings: Iterable[Finding], recording: Recording, writers: Sequence[Writer]
) -> Iterator[Finding]:
    """Give each finding the remedy for the program that wrote its place, where there is one."""
    known: dict[str, tuple[Writer, ...]] = {}
    containers = [each.path for each in recording.every_container()]
    for finding in findings:
        # Every place outside containers has the same writers.
        place = max(
            (path for path in containers if _is_inside(finding.location, path)),
            key=len,
            default="/",
        )
        if place not in known:
            known[place] = writers_of(recording, writers, place)
        yield _with_recipe(finding, known[place])


def _with_recipe(finding: Finding, writers: Iterable[Writer]) -> Finding:
    for writer in writers:
        recipe = writer.recipe(finding.code, finding.variant)
        if recipe is not None:
            return dataclasses.replace(finding, remedy=f"{writer.title}: {recipe.remedy}")
    return finding


def _holds(container: PoseContainer, location: str) -> bool:
    return _is_inside(location, container.path)


def _is_inside(location: str, holder: str) -> bool:
    return location == holder or location.startswith(f"{holder.rstrip('/')}/")


def _shows(sign: Sign, traits: Mapping[Trait, tuple[str, ...]]) -> bool:
    return all(
        any(pattern.search(text[:_READ]) for text in traits.get(trait, ()))
        for trait, pattern in sign.items()
    )


def _file_traits(recording: Recording) -> dict[Trait, tuple[str, ...]]:
    provenance = recording.provenance
    scripts = ("/general/source_script", "/general/source_script.file_name")
    return {
        Trait.SOURCE_SCRIPT: _texts(*(provenance.get(path) for path in scripts)),
        Trait.GENERATED_BY: recording.generated_by,
        Trait.IDENTIFIER: _texts(recording.identifier),
        Trait.SESSION_DESCRIPTION: _texts(recording.session_description),
        Trait.SPECIFICATION: tuple(
            f"{name} {version}" for name, version in recording.specifications.items()
        ),
    }


def _container_traits(container: PoseContainer) -> dict[Trait, tuple[str, ...]]:
    skeleton = container.skeleton
    return {
        Trait.CONTAINER: (container.name,),
        Trait.MODULE: _texts(container.module),
        Trait.DESCRIPTION: _texts(container.description),
        Trait.SCORER: _texts(container.scorer),
        Trait.SOURCE_SOFTWARE: _texts(container.source_software),
        Trait.SERIES_DESCRIPTION: _texts(*(each.description for each in container.series)),
        Trait.SKELETON: _texts(None if skeleton is None else skeleton.name),
    }


def _texts(*texts: str | None) -> tuple[str, ...]:
    return tuple(text for text in texts if text is not None)
