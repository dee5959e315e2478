"""What a transaction belongs to: its name on the disk and in messages, and how its plan is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from posecheck.model.errors import Argument, PublicFunction
from posecheck.transaction.steps import ChangeSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A kind of transaction.

    Attributes
    ----------
    name
        Its runs lie in ``.posecheck/<name>``, and the public functions that go on with one and
        undo it are called ``resume_<name>`` and ``undo_<name>``.
    participle
        What it does, in a message: ``organizing``.
    read_plan
        Returns what the saved plan of a run does; raises `UsageError` if it is none.
    auto_mode
        How a user asks for a mode that every file system has, if there are several.
    copy_modes
        How a user asks for copies, so that no source is removed.
    """

    name: str
    participle: str
    read_plan: Callable[[bytes], ChangeSet]
    auto_mode: Argument | None = None
    copy_modes: tuple[Argument, ...] = ()

    @property
    def resume(self) -> PublicFunction:
        """The public function that goes on with a run."""
        return PublicFunction(f"resume_{self.name}")

    @property
    def undo(self) -> PublicFunction:
        """The public function that undoes a run."""
        return PublicFunction(f"undo_{self.name}")
