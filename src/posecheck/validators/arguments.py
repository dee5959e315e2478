"""hdmf's check of the arguments of its functions, faster where nothing is wrong with them.

hdmf declares the arguments of most of its functions (`hdmf.utils.docval`), and at each call looks
through the declaration and the classes of all values: a tenth of the time that a small file takes,
and most of the time that a specification takes to load. Here it is remembered which class an
argument took before. A call that is out of the ordinary in any way (an argument that is missing,
unknown, of a class not met before, or bound to a shape) goes to hdmf's own function: what that says
or raises is said and raised.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import hdmf.utils
from hdmf.term_set import TermSetWrapper
from hdmf.utils import AllowPositional, check_type

from posecheck.validators.private_names import ARGUMENTS, missing
from posecheck.validators.replacing import replaced

_PARSE = "__parse_args"
_UNCHANGING = (type(None), bool, int, float, str)
_MOST_DECLARATIONS = 20_000
"""Beyond that the remembered ones are dropped: each specification brings functions of its own."""

_SPECIAL = (AllowPositional.WARNING, AllowPositional.ERROR)
_SAID = ("future_warnings", "type_errors", "value_errors", "syntax_errors")


class _Argument:
    """A declared argument, and the classes of values that it took."""

    def __init__(self, declared: Mapping[str, Any]) -> None:
        self.declared = declared
        self.name: str = declared["name"]
        self.kind = declared["type"]
        self.is_required = "default" not in declared
        self.takes_none = not self.is_required and (
            declared["default"] is None or bool(declared.get("allow_none", False))
        )
        self.has_shape = "shape" in declared
        self.has_values = "enum" in declared
        self.taken: set[type] = set()

    def takes(self, value: Any) -> bool:
        """Whether hdmf takes a value; ``False`` also where only hdmf can tell."""
        if value is None:
            return self.takes_none
        if self.has_shape or self.declared["type"] is not self.kind:
            return False
        if type(value) not in self.taken and not self._learns(value):
            return False
        if self.has_values:
            return isinstance(value, _UNCHANGING) and value in self.declared["enum"]
        return True

    def default(self) -> Any:
        """Return its default, a new one if it could be changed."""
        value = self.declared["default"]
        return value if isinstance(value, _UNCHANGING) else copy.deepcopy(value)

    def _learns(self, value: Any) -> bool:
        if isinstance(value, TermSetWrapper) or not check_type(value, self.kind):
            return False
        if not _says_its_class(self.kind):
            return False
        self.taken.add(type(value))
        return True


class FastParser:
    """Does what hdmf's function does, and leaves to it what is out of the ordinary.

    Parameters
    ----------
    parse
        hdmf's function, which checks the arguments of a call against a declaration.
    """

    def __init__(self, parse: Callable[..., dict[str, Any]]) -> None:
        self._parse = parse
        self._known: dict[int, tuple[Sequence[Mapping[str, Any]], list[_Argument] | None]] = {}

    def __call__(
        self,
        validator: Sequence[Mapping[str, Any]],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        **options: Any,
    ) -> dict[str, Any]:
        """Return the values by name, and what is wrong with them."""
        if _is_ordinary(options):
            values = self._values(validator, args, kwargs)
            if values is not None:
                return {"args": values, **{name: [] for name in _SAID}}
        return self._parse(validator, args, kwargs, **options)

    def _values(
        self,
        validator: Sequence[Mapping[str, Any]],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
    ) -> dict[str, Any] | None:
        """Return the values by name; ``None`` if hdmf is to look."""
        declared = self._declared(validator)
        if declared is None or len(args) + len(kwargs) > len(declared):
            return None
        values: dict[str, Any] = {}
        place = named = 0
        for argument in declared:
            name = argument.name
            if name in kwargs:
                if argument.is_required and place < len(args):
                    return None
                value = kwargs[name]
                named += 1
                place += argument.is_required
            elif place < len(args):
                value = args[place]
                place += 1
            elif argument.is_required:
                return None
            else:
                value = argument.default()
            if not argument.takes(value):
                return None
            values[name] = value
        return values if named == len(kwargs) and place >= len(args) else None

    def _declared(self, validator: Sequence[Mapping[str, Any]]) -> list[_Argument] | None:
        known = self._known.get(id(validator))
        if known is None or known[0] is not validator:
            if len(self._known) >= _MOST_DECLARATIONS:
                self._known.clear()
            known = validator, _arguments(validator)
            self._known[id(validator)] = known
        return known[1]


@contextlib.contextmanager
def fast_arguments() -> Iterator[None]:
    """For a while, let hdmf check its arguments by the fast way, if it has what that needs."""
    if missing(ARGUMENTS):
        yield
        return
    with replaced(hdmf.utils, "__parse_args", _PARSER):
        yield


def _arguments(validator: Sequence[Mapping[str, Any]]) -> list[_Argument] | None:
    """Return the arguments of a declaration; ``None`` if it is a faulty one."""
    names = {each["name"] for each in validator}
    return [_Argument(each) for each in validator] if len(names) == len(validator) else None


def _is_ordinary(options: Mapping[str, Any]) -> bool:
    """Whether classes are checked, and nothing is said of arguments that are given by position."""
    return options.get("enforce_type", True) and options.get("allow_positional") not in _SPECIAL


def _says_its_class(kind: Any) -> bool:
    """Whether two values of one class are both taken, or neither: not so for a protocol."""
    if isinstance(kind, tuple | list):
        return all(map(_says_its_class, kind))
    return not getattr(kind, "_is_protocol", False)


_PARSER = FastParser(getattr(hdmf.utils, _PARSE, dict))
