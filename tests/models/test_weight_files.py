"""Weights files: found without importing their package, checked, and read without running them."""

import hashlib
import os
import pickle
import sys
from collections import Counter

import pytest
from toys import one_sentence

from helpers.errors import HelpersError
from helpers.models.weight_files import RestrictedUnpickler, checked_bytes, packaged_file


def test_a_file_of_a_package_is_found_without_importing_it(tmp_path, monkeypatch):
    package = tmp_path / "package_of_this_test"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    assert packaged_file(package.name, "weights/a.pkl") == package / "weights" / "a.pkl"
    assert package.name not in sys.modules


@pytest.mark.parametrize("name", ["no_such_package_of_weights", "this"])
def test_a_missing_package_or_a_mere_module(name):
    with pytest.raises(HelpersError, match=f"The package {name} .* is missing") as error:
        packaged_file(name, "a.pkl")
    one_sentence(error)


def test_a_file_is_read_if_its_hash_is_right(tmp_path):
    path = tmp_path / "a.pkl"
    path.write_bytes(b"weights")
    sha256 = hashlib.sha256(b"weights").hexdigest()
    assert checked_bytes(path, sha256) == b"weights"
    path.write_bytes(b"Weights")
    with pytest.raises(HelpersError, match="is damaged") as error:
        checked_bytes(path, sha256)
    one_sentence(error)
    with pytest.raises(HelpersError, match="cannot be read") as error:
        checked_bytes(tmp_path / "gone", sha256)
    one_sentence(error)


def test_only_admitted_names_are_looked_up(tmp_path):
    class OnlyCounters(RestrictedUnpickler):
        admitted = {("collections", "Counter"): Counter}  # noqa: RUF012

    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps(Counter("aab")))
    with path.open("rb") as file:
        assert OnlyCounters(file).load() == Counter("aab")
    path.write_bytes(pickle.dumps(os.system))
    with path.open("rb") as file, pytest.raises(pickle.UnpicklingError, match=r"asks for \w+.sys"):
        OnlyCounters(file).load()
