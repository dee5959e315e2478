"""What a configuration changes of the checks: who reads a receipt should know what was checked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Something that a configuration ignores.

    Attributes
    ----------
    code
        As it stands there: a code, or what codes begin with.
    reason
        Why; empty if it does not say.
    files
        The files that this is about, as a glob from the configuration's folder; empty for all.
    """

    code: str
    reason: str
    files: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecksConfiguration:
    """A configuration that the checks followed.

    Attributes
    ----------
    file
        Its path in the dandiset, or its name if it lies elsewhere: a receipt says no more.
    ignored
        What it ignores.
    choices
        What else it says of what is checked, and how: keys and values.
    left_out
        The validators that are not run.
    """

    file: str
    ignored: tuple[Ignored, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """All of it in a sentence."""
        said = [_describe(each) for each in self.ignored]
        said += [f"{key} is {value}" for key, value in self.choices]
        if self.left_out:
            said.append(f"it leaves out validators ({', '.join(self.left_out)})")
        listed = f": {'; '.join(said)}" if said else ""
        return f"the checks follow {self.file}{listed}."


def _describe(ignored: Ignored) -> str:
    where = f" in {ignored.files}" if ignored.files else ""
    why = f"because {ignored.reason}" if ignored.reason else "without a reason"
    return f"{ignored.code} is ignored{where}, {why}"
