"""Sets are packed alike everywhere, and nothing but a sound set is ever taken up."""

from __future__ import annotations

import http.server
import io
import json
import os
import shutil
import stat
import tempfile
import threading
import zipfile
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parameters.sets import PARAMETERS, PROVENANCE, README, contents, write_set
from twin.errors import ParameterError
from twin.parameters import archive, download, set_files, zip_reading
from twin.parameters.archive import add, pack, sha256_of_set
from twin.parameters.provenance import Provenance, value_paths

NAME = "CellTest2026"
FILES = {"parameters.json", "provenance.yaml", "README.md"}


@pytest.fixture
def packed(tmp_path):
    return pack(write_set(tmp_path / "made"), tmp_path / "out")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def members(path: Path | io.BytesIO) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as held:
        return {name: held.read(name) for name in held.namelist()}


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as held:
        for name, data in files.items():
            held.writestr(name, data)
    return stream.getvalue()


def refused(data: bytes, folder: Path, says: str, file: str = "some.celltwin.zip") -> None:
    """Check that an archive is refused and nothing is left behind."""
    (folder / "in").mkdir(exist_ok=True)
    (folder / "in" / file).write_bytes(data)
    before = contents(folder)
    with pytest.raises(ParameterError, match=says):
        add(folder / "in" / file, folder / "library")
    assert contents(folder) == before
    assert not (folder / "library").exists()


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


# archives that were not made by us


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/etc/passwd", "absolute path"),
        ("C:/x.csv", "absolute path"),
        ("C:x.csv", "absolute path"),
        (f"{NAME}/../../x.csv", "leads out of its folder"),
        ("../x.csv", "leads out of its folder"),
        (f"{NAME}\\x.csv", "backslash"),
        ("..\\x.csv", "backslash"),
        ("x.csv", "is not <name of the set>/<file>"),
        (f"{NAME}/a/x.csv", "is not <name of the set>/<file>"),
        (f"{NAME}/", "is not <name of the set>/<file>"),
        (f"{NAME}//x.csv", "is not <name of the set>/<file>"),
        ("Other/x.csv", "holds 2 folders"),
        (f"{NAME}/x.py", "does not belong into a set"),
        (f"{NAME}/.bashrc", "does not belong into a set"),
        (f"{NAME}/con.csv", "does not belong into a set"),
        (f"{NAME}/x.csv ", "does not belong into a set"),
        (f"{NAME}/ünï.csv", "does not belong into a set"),
        (f"{NAME}/readme.md", "differ in capitals alone"),
        (f"{NAME}/x.csv", "was changed, added or left out"),
    ],
)
def test_members_that_do_not_belong_are_refused(tmp_path, packed, path, says):
    files = members(packed)
    info = zipfile.ZipInfo("placeholder")
    info.filename = path
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as held:
        for name, data in files.items():
            held.writestr(name, data)
        held.writestr(info, b"x")
    refused(stream.getvalue(), tmp_path, says)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_is_there_twice_is_refused(tmp_path, packed):
    stream = io.BytesIO(packed.read_bytes())
    with zipfile.ZipFile(stream, "a") as held:
        held.writestr(f"{NAME}/README.md", b"another")
    refused(stream.getvalue(), tmp_path, "are there twice")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFDIR])
def test_links_and_devices_are_refused(tmp_path, packed, kind):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as held:
        for name, data in members(packed).items():
            info = zipfile.ZipInfo(name)
            if name.endswith("README.md"):
                info.external_attr = (kind | 0o777) << 16
            held.writestr(info, data)
    refused(stream.getvalue(), tmp_path, "is a link, a folder or a device")


def test_encrypted_members_are_refused(tmp_path, packed):
    data = bytearray(packed.read_bytes())
    place = data.index(b"PK\x01\x02")
    data[place + 8] |= 1
    refused(bytes(data), tmp_path, r"the member .* is encrypted")


def test_a_name_that_goes_on_after_a_null_character_is_refused(tmp_path, packed):
    data = zipped(members(packed) | {f"{NAME}/x.csv_.py": b"x"})
    data = data.replace(b"x.csv_.py", b"x.csv\0.py")
    refused(data, tmp_path, "has two names")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_are_refused(tmp_path, packed, method):
    refused(zipped(members(packed), method), tmp_path, "compressed in a way that is not read")


def test_an_archive_that_was_compressed_anew_is_taken_up(tmp_path, packed):
    file = tmp_path / "again.zip"
    file.write_bytes(zipped(members(packed), zipfile.ZIP_DEFLATED))
    assert add(file, tmp_path / "library").name == NAME


def test_bombs_are_refused(tmp_path, packed):
    files = members(packed) | {f"{NAME}/x.csv": b"0" * 10_000_000}
    refused(zipped(files, zipfile.ZIP_DEFLATED), tmp_path, "compressed more than 200 times")
    many = members(packed) | {f"{NAME}/x{n}.csv": b"" for n in range(100)}
    refused(zipped(many), tmp_path, "members; at most")


def test_a_size_that_is_understated_is_found(tmp_path, packed):
    files = members(packed) | {f"{NAME}/x.csv": b"0" * 50_000}
    data = bytearray(zipped(files, zipfile.ZIP_DEFLATED))
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = (10).to_bytes(4, "little")
    refused(bytes(data), tmp_path, "no sound archive|was changed")


def test_archives_that_are_too_large_are_refused(tmp_path, packed, monkeypatch):
    monkeypatch.setattr(zip_reading, "LARGEST_ARCHIVE", 100)
    refused(packed.read_bytes(), tmp_path, "an archive has at most 100")
    monkeypatch.setattr(archive, "LARGEST_SET", 50)
    refused(packed.read_bytes(), tmp_path, "more than 50 bytes")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": 2}, "not of format 1"),
        ({"files": []}, "not of format 1"),
        ({"name": None}, "lacks 'name' or 'set'"),
        ({"name": "../x"}, "no name of a parameter set"),
        ({"name": "Other"}, "contradicts itself"),
        ({"set": "0" * 64}, "contradicts itself"),
        ({"whole": "0" * 64}, "contradicts itself"),
        ({"more": 1}, "contradicts itself"),
    ],
)
def test_hashes_that_are_not_ours_are_refused(tmp_path, packed, change, says):
    files = members(packed)
    place = f"{NAME}/hashes.json"
    files[place] = json.dumps(json.loads(files[place]) | change).encode()
    refused(zipped(files), tmp_path, says)


def test_an_archive_without_hashes_is_refused(tmp_path, packed):
    files = members(packed)
    del files[f"{NAME}/hashes.json"]
    refused(zipped(files), tmp_path, r"0 files hashes\.json")


def test_hashes_that_were_made_anew_still_have_to_be_those_of_the_values(tmp_path, packed):
    files = {name.partition("/")[2]: data for name, data in members(packed).items()}
    stated = json.loads(files.pop("hashes.json"))["set"]
    files["parameters.json"] = files["parameters.json"].replace(b"0.1", b"0.2")
    files["hashes.json"] = set_files.hashes_text(set_files.hashes(NAME, files, stated))
    refused(
        zipped({f"{NAME}/{k}": v for k, v in files.items()}), tmp_path, "the values have the hash"
    )


def test_another_set_under_the_name_of_an_archive_is_found(tmp_path, packed):
    changed = write_set(tmp_path / "changed", provenance=PROVENANCE.replace("nobody", "somebody"))
    other = pack(changed, tmp_path / "out")
    refused(other.read_bytes(), tmp_path, "another set than its name says", packed.name)


def test_a_folder_and_hashes_of_different_names_are_refused(tmp_path, packed):
    files = {f"Other/{name.partition('/')[2]}": data for name, data in members(packed).items()}
    refused(zipped(files), tmp_path, "names the set 'CellTest2026', its folder is 'Other'")


# mutated archives: an error of ours or the very same set, and nothing anywhere else


@contextmanager
def scratch():
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


with scratch() as _folder:
    _MADE = write_set(_folder)
    (_MADE / "data.csv").write_text("a,b\n1,2\n")
    ARCHIVE = pack(_MADE, _folder / "out").read_bytes()
    DEFLATED = zipped(members(next((_folder / "out").iterdir())), zipfile.ZIP_DEFLATED)
    ORIGINAL = contents(_MADE)


def take_up(data: bytes) -> bool:
    """Return whether an archive is taken up; then it must be the very same set."""
    with scratch() as folder:
        (folder / "x.zip").write_bytes(data)
        try:
            added = add(folder / "x.zip", folder / "library")
        except ParameterError:
            assert names(folder) == ["x.zip"]
            return False
        assert names(folder) == ["library", "x.zip"]
        assert names(folder / "library") == [NAME]
        assert contents(added.path) == ORIGINAL
        return True


def test_the_unchanged_archives_are_taken_up():
    assert take_up(ARCHIVE)
    assert take_up(DEFLATED)


@settings(max_examples=150)
@given(
    st.sampled_from([ARCHIVE, DEFLATED]),
    st.lists(
        st.tuples(st.integers(0, len(ARCHIVE) - 1), st.integers(1, 255)), min_size=1, max_size=4
    ),
)
def test_flipped_bytes_never_change_a_set(data, flips):
    changed = bytearray(data)
    for place, bits in flips:
        changed[place % len(changed)] ^= bits
    take_up(bytes(changed))


@settings(max_examples=150)
@given(st.sampled_from([ARCHIVE, DEFLATED]), st.data())
def test_flipped_bytes_in_the_directory_never_change_a_set(data, draw):
    start = data.index(b"PK\x01\x02")
    changed = bytearray(data)
    for place in draw.draw(st.lists(st.integers(start, len(data) - 1), min_size=1, max_size=3)):
        changed[place] ^= draw.draw(st.integers(1, 255))
    take_up(bytes(changed))


@settings(max_examples=60)
@given(st.integers(0, len(ARCHIVE)), st.integers(0, len(ARCHIVE)), st.binary(max_size=30))
def test_cut_and_filled_archives_never_change_a_set(one, two, filling):
    low, high = sorted((one, two))
    take_up(ARCHIVE[:low] + filling + ARCHIVE[high:])


def paths() -> st.SearchStrategy[str]:
    parts = st.sampled_from(
        [NAME, "..", ".", "", "C:", "README.md", "x.csv", "hashes.json", "a\\b"]
    )
    odd = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    return st.lists(parts | odd, min_size=1, max_size=4).map("/".join).filter(bool)


@settings(max_examples=150)
@given(paths(), st.binary(max_size=20), st.integers(0, 2**16 - 1), st.booleans())
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_added_and_renamed_members_are_always_found(path, content, mode, renamed):
    stream = io.BytesIO()
    files = members(io.BytesIO(ARCHIVE))
    with zipfile.ZipFile(stream, "w") as held:
        for name, data in files.items():
            if not (renamed and name.endswith("data.csv")):
                held.writestr(name, data)
        info = zipfile.ZipInfo("x")
        info.filename, info.external_attr = path, mode << 16
        held.writestr(info, files[f"{NAME}/data.csv"] if renamed else content)
    same = renamed and path == f"{NAME}/data.csv"
    assert take_up(stream.getvalue()) <= same


@settings(max_examples=60)
@given(st.sampled_from(sorted(ORIGINAL)), st.binary(max_size=40))
def test_changed_content_is_always_found(file, content):
    files = members(io.BytesIO(ARCHIVE)) | {f"{NAME}/{file}": content}
    assert take_up(zipped(files)) == (content == ORIGINAL[file])


@settings(max_examples=60)
@given(st.binary(max_size=200))
def test_anything_else_is_refused(data):
    assert not take_up(data)
    assert not take_up(b"PK\x03\x04" + data)


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


# from the web


class Answers(http.server.BaseHTTPRequestHandler):
    """Files of a folder, and redirects: ``/to?<address>``."""

    folder: Path

    def do_GET(self) -> None:
        if self.path.startswith("/to?"):
            self.send_response(302)
            self.send_header("Location", self.path[4:])
            self.end_headers()
            return
        file = self.folder / self.path.lstrip("/")
        self.send_response(200 if file.is_file() else 404)
        self.end_headers()
        if file.is_file():
            self.wfile.write(file.read_bytes())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def web(tmp_path, monkeypatch):
    folder = tmp_path / "web"
    folder.mkdir()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    handler = type("Here", (Answers,), {"folder": folder})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_archive_is_taken_up_from_the_web(tmp_path, packed, web):
    folder, address = web
    shutil.copy(packed, folder)
    assert add(f"{address}/{packed.name}", tmp_path / "library").name == NAME
    (folder / "SomeCell.json").write_text(json.dumps(PARAMETERS))
    moved = f"{address}/to?/SomeCell.json"
    assert add(moved, tmp_path / "library", name="SomeCell").name == "SomeCell"


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("file:///etc/passwd", "no address that is read"),
        ("ftp://example.org/x.zip", "no address that is read"),
        ("data:application/zip,PK", "no address that is read"),
        ("https://", "no address that is read"),
        ("https://me:secret@example.org/x.zip", "holds a user name or password"),
        ("{web}/absent.zip", "answers 404"),
        ("{web}/to?file:///etc/passwd", "no address that is read"),
        ("{web}/to?ftp://example.org/x", "no address that is read"),
        ("{web}/to?/to?/to?/to?/to?/to?/to?/x", "more than 5 redirects|answers 404"),
        ("http://127.0.0.1:9/x.zip", "cannot be read"),
        ("http://[::1/x.zip", "cannot be read"),
    ],
)
def test_addresses_that_are_refused(tmp_path, web, address, says):
    with pytest.raises(ParameterError, match=says) as told:
        add(address.replace("{web}", web[1]), tmp_path / "library")
    assert "secret" not in str(told.value)
    assert not (tmp_path / "library").exists()


def test_https_is_not_left_for_http():
    with pytest.raises(ParameterError, match="which is not https"):
        download._next("https://example.org/a", "http://example.org/b")


def test_answers_that_are_too_large_or_too_slow_are_refused(web, monkeypatch):
    folder, address = web
    (folder / "large.json").write_bytes(b"x" * 1000)
    with pytest.raises(ParameterError, match="more than 100 bytes"):
        download.fetch(f"{address}/large.json", largest=100)
    monkeypatch.setattr(download, "LONGEST_S", -1.0)
    with pytest.raises(ParameterError, match="try again later"):
        download.fetch(f"{address}/large.json")
