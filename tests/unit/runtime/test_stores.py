"""Which store a data folder has, and clear words where it has none or cannot have it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.errors import Invalid
from runtime import stores
from runtime.stores import LEVELDB_FOLDER, SQLITE_FILE, create_store, open_store


@pytest.fixture
def without_leveldb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "has_leveldb", lambda: False)


def make(data: Path, backend: str) -> str:
    store = create_store(data, backend)
    store.write([(b"a", b"1")], sync=True)
    store.close()
    return store.name


@pytest.mark.parametrize("backend", ["leveldb", "sqlite"])
def test_a_folder_keeps_the_backend_it_was_made_with(tmp_path: Path, backend: str) -> None:
    if backend == "leveldb":
        pytest.importorskip("plyvel")
    assert make(tmp_path, backend) == backend
    store = open_store(tmp_path)
    assert (store.name, store.get(b"a")) == (backend, b"1")
    store.close()


def test_auto_takes_leveldb_where_there_is_one(tmp_path: Path) -> None:
    pytest.importorskip("plyvel")
    assert make(tmp_path, "auto") == "leveldb"
    assert (tmp_path / LEVELDB_FOLDER).is_dir()


@pytest.mark.usefixtures("without_leveldb")
def test_auto_takes_sqlite_where_there_is_no_leveldb(tmp_path: Path) -> None:
    assert make(tmp_path, "auto") == "sqlite"
    assert (tmp_path / SQLITE_FILE).is_file()
    open_store(tmp_path).close()


@pytest.mark.usefixtures("without_leveldb")
def test_a_leveldb_folder_without_the_binding_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"NO_LEVELDB: .*--backend sqlite"):
        create_store(tmp_path, "leveldb")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / LEVELDB_FOLDER).mkdir()
    with pytest.raises(Invalid, match="NO_LEVELDB"):
        open_store(tmp_path)


@pytest.mark.parametrize("second", ["auto", "leveldb", "sqlite"])
@pytest.mark.parametrize("first", ["leveldb", "sqlite"])
def test_a_folder_with_data_is_left_alone(tmp_path: Path, first: str, second: str) -> None:
    if first == "leveldb":
        pytest.importorskip("plyvel")
    make(tmp_path, first)
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(Invalid, match="DATA_EXISTS"):
        create_store(tmp_path, second)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_folder_without_data_is_not_filled_by_opening(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(Invalid, match=r"NO_DATA: .*hansa init"):
            open_store(folder)
    assert list(tmp_path.iterdir()) == []
