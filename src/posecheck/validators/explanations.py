"""What a finding of another validator means, and what to do about it.

``rules/validators`` declares remedies and pages. The docstrings of NWB Inspector's other checks say
what these look for, and name a section of NWB's best practices.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import replace

from posecheck.catalog import load_validators
from posecheck.catalog.validator_guides import slug_of
from posecheck.model.explanation import Explanation, ValidatorGuide
from posecheck.model.wording import parts_of_remedy, with_code

INSPECTOR = "NWBI"

_SECTION = re.compile(r":ref:`(?:[^`<]*<)?best_practice_(\w+)>?`")
_ROLE = re.compile(r":\w+:`~?([^`]*)`")


@functools.cache
def explanations(prefix: str) -> Mapping[str, tuple[Explanation, ...]]:
    """Return everything that is known of a validator's checks, by code.

    Parameters
    ----------
    prefix
        ``NWBI``, ``pynwb`` or ``DANDI``. For the first, NWB Inspector is imported.
    """
    validator = load_validators()[prefix]
    known = {
        code: tuple(_with_page(check) for check in checks)
        for code, checks in validator.checks.items()
    }
    if prefix != INSPECTOR:
        return known
    from nwbinspector import available_checks  # noqa: PLC0415 - it costs seconds

    for check in available_checks:
        code = f"{INSPECTOR}.{check.__name__}"
        what = _first_paragraph(check.__doc__ or "")
        if code in known:
            known[code] = tuple(replace(entry, what=what) for entry in known[code])
            continue
        page = page_of(validator, check.__doc__, check.__module__)
        remedy = f"NWB's best practices say how: {page}"
        entry = Explanation(code=code, name=slug_of(code), what=what, remedy=remedy, page=page)
        known[code] = (entry,)
    return known


def explanation(code: str, message: str = "", *, other: str = "") -> Explanation:
    """Return what a finding means, and what to do about it.

    Parameters
    ----------
    code
        The finding's.
    message
        What it says.
    other
        The code whose explanation stands for one that is not known; if that is not, either, the
        validator's index does.
    """
    prefix = code.partition(".")[0]
    known = explanations(prefix)
    for check in known.get(code, known.get(other, ())):
        if check.says in message:
            return check
    index = load_validators()[prefix].index
    remedy = f"The validator's own pages say more: {index}"
    return Explanation(code=code, name=slug_of(code), what="", remedy=remedy, page=index)


def page_of(validator: ValidatorGuide, docstring: str | None, module: str) -> str:
    """Return the page of a check that has no entry of its own.

    Parameters
    ----------
    docstring
        The check's, which may name a section of the best practices.
    module
        The module that holds the check: it gives the page of a section that no list has.
    """
    named = _SECTION.search(docstring or "")
    if named is None:
        return validator.index
    section = validator.sections.get(named[1])
    return section or validator.pages.get(module.rpartition(".")[2], validator.index)


def _with_page(check: Explanation) -> Explanation:
    prose, code = parts_of_remedy(check.remedy)
    see = check.page
    prose = f"{prose[:-1]} ({see}):" if prose.endswith(":") else f"{prose} See {see}"
    return replace(check, remedy=with_code(prose, code))


def _first_paragraph(docstring: str) -> str:
    paragraph = " ".join(docstring.strip().split("\n\n")[0].split())
    return "" if paragraph.startswith("Best Practice") else _ROLE.sub(r"\1", paragraph)
