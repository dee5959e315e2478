"""The fast check of arguments returns and says, call by call, what hdmf's own does."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import hdmf.utils
import numpy as np
import pytest
from hdmf.term_set import TermSetWrapper
from hdmf.utils import AllowPositional, docval
from hypothesis import given, settings
from hypothesis import strategies as st

from posecheck.validators import arguments
from posecheck.validators.arguments import FastParser, fast_arguments

HDMF = getattr(hdmf.utils, "__parse_args")

NAMES = st.sampled_from("abcd")
TYPES = (None, str, int, float, bool, list, dict, object, np.ndarray, (str, int), ("int", list))
KINDS: Any = st.sampled_from([*TYPES, "array_data", "scalar_data", "float", "uint"])
VALUES: Any = st.one_of(
    st.none(),
    st.text(max_size=2),
    st.integers(-2, 2),
    st.floats(allow_nan=False, width=16),
    st.booleans(),
    st.lists(st.integers(0, 2), max_size=2),
    st.sampled_from([np.float32(1), np.uint8(1), np.zeros(2), np.zeros((2, 2)), {"x": 1}, (1, 2)]),
)


@st.composite
def declarations(draw: Any) -> list[dict[str, Any]]:
    """A declaration as `docval` makes it, in which names may be repeated."""
    required: list[dict[str, Any]] = []
    optional: list[dict[str, Any]] = []
    for name in draw(st.lists(NAMES, max_size=4)):
        declared: dict[str, Any] = {"name": name, "type": draw(KINDS), "doc": ""}
        if draw(st.booleans()):
            declared["default"] = draw(VALUES)
            if draw(st.booleans()):
                declared["allow_none"] = draw(st.booleans())
        if draw(st.integers(0, 5)) == 0:
            declared["shape"] = draw(st.sampled_from([(2,), (None, 2), ((2,), (2, 2))]))
        if draw(st.integers(0, 5)) == 0:
            declared["enum"] = [1, "a", 0.5]
        (optional if "default" in declared else required).append(declared)
    return required + optional


def outcome(parse: Any, *call: Any, **options: Any) -> Any:
    try:
        parsed = parse(*call, **options)
    except Exception as error:  # noqa: BLE001 - what it raises is what is compared
        return type(error), str(error)
    named = [(name, repr(value), type(value)) for name, value in parsed.pop("args").items()]
    return named, parsed


@settings(max_examples=400)
@given(
    declarations(),
    st.lists(st.tuples(st.lists(VALUES, max_size=4), st.dictionaries(NAMES, VALUES)), max_size=5),
    st.fixed_dictionaries(
        {},
        optional={
            "enforce_type": st.booleans(),
            "enforce_shape": st.booleans(),
            "allow_extra": st.booleans(),
            "allow_positional": st.sampled_from([*AllowPositional, True]),
        },
    ),
)
def test_every_call_has_the_same_outcome(
    declared: list[dict[str, Any]],
    calls: list[tuple[list[Any], dict[str, Any]]],
    options: dict[str, Any],
) -> None:
    fast = FastParser(HDMF)
    for args, kwargs in calls:
        for _ in range(2):  # the second time it remembers
            wanted = outcome(HDMF, declared, tuple(args), kwargs, **options)
            assert outcome(fast, declared, tuple(args), kwargs, **options) == wanted


def test_an_ordinary_call_does_not_reach_hdmf() -> None:
    def unreachable(*_: object, **__: object) -> dict[str, Any]:
        raise AssertionError("hdmf was asked")

    declared: list[dict[str, Any]] = [
        {"name": "a", "type": str},
        {"name": "b", "type": "int", "default": None},
    ]
    fast = FastParser(unreachable)
    for args, kwargs in ((("x",), {}), ((), {"a": "x", "b": 1}), (("x", np.int32(3)), {})):
        assert fast(declared, args, kwargs)["args"]["a"] == "x"


def test_a_default_that_could_be_changed_is_a_new_one_each_time() -> None:
    declared: list[dict[str, Any]] = [{"name": "a", "type": list, "default": []}]
    fast = FastParser(HDMF)
    first = fast(declared, (), {})["args"]["a"]
    first.append(1)
    assert fast(declared, (), {})["args"]["a"] == []


@runtime_checkable
class Named(Protocol):
    name: str


class Thing:
    pass


def test_what_depends_on_the_value_is_asked_each_time() -> None:
    declared: list[dict[str, Any]] = [{"name": "a", "type": Named}]
    fast, named = FastParser(HDMF), Thing()
    named.name = "x"  # type: ignore[attr-defined]
    assert not fast(declared, (named,), {})["type_errors"]
    assert fast(declared, (Thing(),), {})["type_errors"]


def test_a_wrapped_value_goes_to_hdmf() -> None:
    wrapper = object.__new__(TermSetWrapper)
    vars(wrapper).update({"_TermSetWrapper__value": "x"})
    declared: list[dict[str, Any]] = [{"name": "a", "type": str}]
    fast = FastParser(HDMF)
    for _ in range(2):
        assert fast(declared, (wrapper,), {})["args"]["a"] is wrapper


def test_it_is_hdmf_s_own_again_afterwards() -> None:
    @docval({"name": "a", "type": str, "doc": ""}, is_method=False)  # type: ignore[untyped-decorator]
    def function(**kwargs: Any) -> Any:
        return kwargs["a"]

    with fast_arguments():
        assert getattr(hdmf.utils, "__parse_args") is not HDMF
        assert function(a="x") == "x"
        with pytest.raises(TypeError, match="incorrect type for 'a'"):
            function(a=1)
    assert getattr(hdmf.utils, "__parse_args") is HDMF


def test_hdmf_checks_by_itself_where_the_name_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arguments, "missing", lambda _: "hdmf 9 has no hdmf.utils:__parse_args")
    with fast_arguments():
        assert getattr(hdmf.utils, "__parse_args") is HDMF
