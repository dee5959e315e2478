"""The codes of the other validators are those that they have, and asking imports none of them."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys

import hdmf.validate.errors
import nwbinspector
import pytest

from posecheck.catalog import load_validators
from posecheck.validators.codes import validator_of
from posecheck.validators.inspector_checks import FAILED, UNREADABLE
from posecheck.validators.schema_validation import GENERIC


def codes_of(prefix: str) -> frozenset[str]:
    validator = validator_of(prefix)
    assert validator is not None
    return validator.codes()


def test_every_check_of_nwb_inspector_is_known() -> None:
    # Another test may have registered posecheck's own rules there.
    own = [
        one for one in nwbinspector.available_checks if one.__module__.startswith("nwbinspector")
    ]
    checks = {f"NWBI.{check.__name__}" for check in own}
    assert len(checks) > 80
    assert codes_of("NWBI") == checks | {FAILED, UNREADABLE}


def test_every_error_of_pynwb_is_known() -> None:
    errors = hdmf.validate.errors
    kinds = {
        f"pynwb.{name}"
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.Error)
    }
    assert kinds >= set(load_validators()["pynwb"].checks) - {GENERIC}
    assert codes_of("pynwb") == kinds | {GENERIC}


def test_every_code_of_dandis_layout_is_known() -> None:
    assert codes_of("DANDI") == set(load_validators()["DANDI"].checks)


def test_listing_imports_no_validator() -> None:
    program = (
        "import json, sys\n"
        "from posecheck.validators.codes import OTHER_VALIDATORS\n"
        "codes = [len(validator.codes()) for validator in OTHER_VALIDATORS]\n"
        "print(json.dumps([codes, sorted(sys.modules)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    counts, modules = json.loads(done.stdout)
    assert all(counts)
    assert not {"nwbinspector", "pynwb", "hdmf", "dandi", "h5py", "numpy"} & set(modules)


@pytest.mark.parametrize("code", ["VID002", "NWB", "NWBIx.check", ""])
def test_other_codes_are_nobodys(code: str) -> None:
    assert validator_of(code) is None
