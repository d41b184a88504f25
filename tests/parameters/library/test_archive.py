"""Sets are packed alike everywhere, and taken up as a whole or not at all."""

from __future__ import annotations

import json
import os
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from tests.parameters.sets import (
    NAME,
    PARAMETERS,
    PROVENANCE,
    README,
    contents,
    members,
    names,
    write_set,
)
from twin.errors import ParameterError
from twin.parameters.library import set_files
from twin.parameters.library.archive import add, pack, sha256_of_set
from twin.parameters.provenance import Provenance, value_paths

FILES = {"parameters.json", "provenance.yaml", "README.md"}


@pytest.fixture
def packed(tmp_path):
    return pack(write_set(tmp_path / "made"), tmp_path / "out")


# packing and taking up


def test_what_is_packed_is_taken_up_again(tmp_path, packed):
    library = tmp_path / "deep" / "library"
    location = add(packed, library)
    assert (location.name, location.path) == (NAME, library / NAME)
    assert contents(library / NAME) == contents(tmp_path / "made" / NAME)
    assert [path.name for path in library.iterdir()] == [NAME]


def test_the_archive_has_the_name_the_hash_and_one_folder(tmp_path, packed):
    content = sha256_of_set(tmp_path / "made" / NAME)
    assert packed.name == f"{NAME}-{content[:8]}.celltwin.zip"
    held = members(packed)
    assert set(held) == {f"{NAME}/{file}" for file in (*FILES, "hashes.json")}
    hashes = json.loads(held[f"{NAME}/hashes.json"])
    assert set(hashes) == {"format", "name", "set", "files", "whole"}
    assert (hashes["set"], set(hashes["files"])) == (content, FILES)
    each = {file: sha256(held[f"{NAME}/{file}"]).hexdigest() for file in sorted(FILES)}
    assert hashes["files"] == each
    lines = [NAME, content, *(f"{value}  {file}" for file, value in each.items()), ""]
    assert hashes["whole"] == sha256("\n".join(lines).encode()).hexdigest()


def test_the_same_set_makes_the_same_archive(tmp_path, packed):
    again = write_set(tmp_path / "again")
    for path in again.iterdir():
        os.utime(path, (1e9, 1e9))
        path.chmod(0o600)
    assert pack(again, tmp_path / "out2").read_bytes() == packed.read_bytes()


def test_extra_files_go_along_and_hidden_ones_do_not(tmp_path):
    folder = write_set(tmp_path)
    for name in ("LICENSE", "ocp data.csv", "notes.md", "plot.png", ".DS_Store", "hashes.json"):
        (folder / name).write_text(name)
    added = add(pack(folder, tmp_path), tmp_path / "library")
    assert set(contents(added.path)) == FILES | {"LICENSE", "ocp data.csv", "notes.md", "plot.png"}


@pytest.mark.parametrize("name", ["run.py", "Makefile", "é.csv", "aux.md", "a\\b.csv", "x.exe"])
def test_other_files_are_refused(tmp_path, name):
    folder = write_set(tmp_path)
    (folder / name).write_text("")
    with pytest.raises(ParameterError, match="does not belong into a set; a set holds"):
        pack(folder, tmp_path)
    with pytest.raises(ParameterError, match="does not belong into a set"):
        add(folder, tmp_path / "library")
    assert not (tmp_path / "library").exists()


def test_links_and_folders_are_refused(tmp_path):
    folder = write_set(tmp_path)
    (folder / "data").mkdir()
    with pytest.raises(ParameterError, match="'data' is a folder, a link"):
        pack(folder, tmp_path)
    (folder / "data").rmdir()
    (folder / "secret.csv").symlink_to("/etc/hostname")
    with pytest.raises(ParameterError, match=r"'secret\.csv' is a folder, a link"):
        add(folder, tmp_path / "library")


@pytest.mark.parametrize("file", sorted(FILES))
def test_a_set_without_one_of_its_files_is_refused(tmp_path, file):
    folder = write_set(tmp_path)
    (folder / file).unlink()
    with pytest.raises(ParameterError, match=f"{file} missing"):
        pack(folder, tmp_path)


def test_files_that_are_too_large_or_too_many_are_refused(tmp_path, monkeypatch):
    folder = write_set(tmp_path)
    monkeypatch.setattr(set_files, "LARGEST_FILE", 100)
    with pytest.raises(ParameterError, match="a file of a set has at most 100"):
        pack(folder, tmp_path)
    monkeypatch.setattr(set_files, "LARGEST_FILE", 10**6)
    monkeypatch.setattr(set_files, "LARGEST_SET", 500)
    with pytest.raises(ParameterError, match="a set has at most 500"):
        pack(folder, tmp_path)
    monkeypatch.setattr(set_files, "MOST_FILES", 2)
    with pytest.raises(ParameterError, match="at most 2"):
        pack(folder, tmp_path)


def test_a_folder_whose_name_is_none_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="no name of a parameter set"):
        pack(write_set(tmp_path, "my set"), tmp_path)
    assert add(tmp_path / "my set", tmp_path / "library", name="MySet").name == "MySet"


def test_a_folder_is_taken_up_as_it_is(tmp_path):
    folder = write_set(tmp_path / "made")
    added = add(folder, tmp_path / "library")
    assert contents(added.path) == contents(folder)


def test_an_unpacked_archive_is_verified(tmp_path, packed):
    with zipfile.ZipFile(packed) as held:
        held.extractall(tmp_path / "unpacked")
    folder = tmp_path / "unpacked" / NAME
    assert set(contents(add(folder, tmp_path / "library").path)) == FILES
    (folder / "README.md").write_text("another")
    with pytest.raises(ParameterError, match=r"'README\.md' is not what hashes\.json says"):
        add(folder, tmp_path / "library2")


# what is there already


def test_a_set_that_is_there_is_kept_unless_it_is_to_be_overwritten(tmp_path, packed):
    library = tmp_path / "library"
    write_set(library)
    (library / NAME / "README.md").write_text("older")
    before = contents(library)
    with pytest.raises(ParameterError, match=f"holds a set '{NAME}' already"):
        add(packed, library)
    assert contents(library) == before
    add(packed, library, overwrite=True)
    assert (library / NAME / "README.md").read_text() == README
    assert names(library) == [NAME]


def test_where_the_last_rename_fails_the_old_set_is_back(tmp_path, packed, monkeypatch):
    library = tmp_path / "library"
    write_set(library)
    (library / NAME / "README.md").write_text("older")
    before, rename = contents(library), Path.rename

    def fails(self: Path, target: Path) -> Path:
        if target == library / NAME and self.name == NAME:
            raise OSError("no room")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(ParameterError, match="no room"):
        add(packed, library, overwrite=True)
    assert contents(library) == before
    assert names(library) == [NAME]


def test_a_set_that_is_called_old_is_replaced_too(tmp_path):
    library = tmp_path / "library"
    write_set(library, "old")
    add(write_set(tmp_path / "made", "old"), library, overwrite=True)
    assert names(library) == ["old"]


def test_a_name_that_differs_in_capitals_alone_is_refused(tmp_path, packed):
    write_set(tmp_path / "library", NAME.upper())
    with pytest.raises(ParameterError, match=r"differs from .* in capitals alone"):
        add(packed, tmp_path / "library", overwrite=True)


def test_a_folder_that_is_no_set_is_not_overwritten(tmp_path, packed):
    (tmp_path / "library" / NAME).mkdir(parents=True)
    with pytest.raises(ParameterError, match="is no parameter set; remove it"):
        add(packed, tmp_path / "library", overwrite=True)


def test_a_library_that_is_a_file_is_refused(tmp_path, packed):
    (tmp_path / "library").write_text("")
    with pytest.raises(ParameterError, match="is not a folder"):
        add(packed, tmp_path / "library")


def test_a_link_is_replaced_and_not_followed(tmp_path, packed):
    elsewhere = write_set(tmp_path / "elsewhere")
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / NAME).symlink_to(elsewhere)
    (elsewhere / "README.md").write_text("theirs")
    before = contents(elsewhere)
    add(packed, tmp_path / "library", overwrite=True)
    assert contents(elsewhere) == before
    assert not (tmp_path / "library" / NAME).is_symlink()


# checks


def test_a_set_that_fails_its_check_leaves_nothing(tmp_path, packed):
    seen = []

    def check(folder: Path) -> None:
        seen.append((folder.name, set(contents(folder))))
        raise ParameterError("the porosity is 7")

    with pytest.raises(ParameterError, match="the porosity is 7"):
        add(packed, tmp_path / "some" / "library", check=check)
    assert seen == [(NAME, FILES)]
    assert not (tmp_path / "some").exists()
    with pytest.raises(ParameterError, match="the porosity is 7"):
        pack(tmp_path / "made" / NAME, tmp_path / "out3", check=check)
    assert not (tmp_path / "out3").exists()


def test_a_set_that_cannot_be_read_is_refused(tmp_path):
    folder = write_set(tmp_path / "made")
    (folder / "parameters.json").write_text('{"a": 1, "a": 2}')
    with pytest.raises(ParameterError, match="twice"):
        add(folder, tmp_path / "library")
    assert not (tmp_path / "library").exists()


def test_a_checksum_is_compared(tmp_path, packed):
    right = set_files.sha256(packed.read_bytes())
    with pytest.raises(ParameterError, match=f"{right}, not 0000"):
        add(packed, tmp_path / "library", checksum="0000")
    assert add(packed, tmp_path / "library", checksum=right.upper()).name == NAME
    with pytest.raises(ParameterError, match="a checksum is of a file"):
        add(tmp_path / "made" / NAME, tmp_path / "library", checksum=right)


# a BPX file alone


def test_a_bpx_file_becomes_a_set_that_claims_nothing(tmp_path):
    file = tmp_path / "SomeCell.json"
    file.write_text(json.dumps(PARAMETERS))
    added = add(file, tmp_path / "library")
    assert set(contents(added.path)) == FILES
    provenance = Provenance.read(added.path / "provenance.yaml")
    assert set(provenance.paths) == set(value_paths(PARAMETERS))
    assert {entry.method for entry in provenance.entries.values()} == {"assumed"}
    assert "A paper." in (added.path / "README.md").read_text()
    assert (added.path / "parameters.json").read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[]", "no BPX file"),
        ("{}", "no BPX file"),
        ("not json", "not valid JSON"),
        ("", "is empty"),
        ('{"Parameterisation": {"Cell": {"x": NaN}}}', "no finite number"),
    ],
)
def test_a_file_that_is_no_bpx_file_is_refused(tmp_path, text, says):
    (tmp_path / "Cell.json").write_text(text)
    with pytest.raises(ParameterError, match=says):
        add(tmp_path / "Cell.json", tmp_path / "library")
    assert not (tmp_path / "library").exists()


def test_a_file_whose_name_is_none_needs_one(tmp_path):
    file = tmp_path / "my cell.json"
    file.write_text(json.dumps(PARAMETERS))
    with pytest.raises(ParameterError, match="no name of a parameter set"):
        add(file, tmp_path / "library")
    assert add(file, tmp_path / "library", name="MyCell").name == "MyCell"


@pytest.mark.parametrize("source", ["/no/such.zip", "a\0b", "x" * 5000, "nothing"])
def test_a_source_that_is_not_there_is_an_error(tmp_path, source):
    with pytest.raises(ParameterError, match=r"there is no|cannot be read"):
        add(source, tmp_path / "library")


# content hashes


def test_formatting_does_not_change_the_hash_of_a_set(tmp_path):
    first = sha256_of_set(write_set(tmp_path / "a"))
    second = write_set(tmp_path / "b", "Other", provenance="# a comment\n\n" + PROVENANCE)
    (second / "README.md").write_text("another")
    turned = dict(reversed(PARAMETERS.items()))
    text = (
        json.dumps(turned, indent=4).replace('[A.h]": 5', '[A.h]": 5.0').replace(" 0.1", " 1.0e-1")
    )
    (second / "parameters.json").write_text(text)
    assert sha256_of_set(second) == first


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("parameters.json", "8.5e-05", "8.50000000000001e-05"),
        ("parameters.json", "Young's", "Youngs"),
        ("provenance.yaml", "nobody", "somebody"),
        ("provenance.yaml", "measured", "assumed"),
    ],
)
def test_every_value_and_entry_enters_the_hash(tmp_path, file, old, new):
    folder = write_set(tmp_path)
    before, text = sha256_of_set(folder), (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))
    assert sha256_of_set(folder) != before


def test_a_bpx_file_has_a_hash(tmp_path):
    file = tmp_path / "Cell.json"
    file.write_text(json.dumps(PARAMETERS))
    assert len(sha256_of_set(file)) == 64
    assert sha256_of_set(file) != sha256_of_set(write_set(tmp_path))


def test_an_archive_is_not_put_into_the_set_that_it_holds(tmp_path):
    folder = write_set(tmp_path)
    with pytest.raises(ParameterError, match="is inside the set"):
        pack(folder, folder / "dist")
    assert not (folder / "dist").exists()
