"""Archives that were damaged, changed or made to do harm: refused, and nothing is written."""

from __future__ import annotations

import io
import json
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parameters.sets import (
    NAME,
    PROVENANCE,
    contents,
    members,
    names,
    write_set,
    zipped,
)
from twin.errors import ParameterError
from twin.parameters.library import archive, set_files, zip_reading
from twin.parameters.library.archive import add, pack


@pytest.fixture
def packed(tmp_path):
    return pack(write_set(tmp_path / "made"), tmp_path / "out")


def refused(data: bytes, folder: Path, says: str, file: str = "some.celltwin.zip") -> None:
    """Check that an archive is refused and nothing is left behind."""
    (folder / "in").mkdir(exist_ok=True)
    (folder / "in" / file).write_bytes(data)
    before = contents(folder)
    with pytest.raises(ParameterError, match=says):
        add(folder / "in" / file, folder / "library")
    assert contents(folder) == before
    assert not (folder / "library").exists()


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
def scratch() -> Iterator[Path]:
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
