import gc

import pytest

from modgap.runtime.imports import quick_imports


def test_the_collector_rests_during_imports_alone():
    with quick_imports():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_works_again_after_an_import_that_fails():
    with pytest.raises(ImportError), quick_imports():
        import no_such_module_anywhere  # noqa: F401
    assert gc.isenabled()
