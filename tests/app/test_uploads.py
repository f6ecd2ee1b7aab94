"""Files handed in lie in a folder of the service alone, under names nobody can guess or point elsewhere with."""

import errno
import io
import os
import time
from pathlib import Path

import pytest

from app.core import uploads
from gis.errors import Conflict, IntakeError, NotFound, Unavailable


def test_a_file_comes_in_parts_and_only_its_owner_can_enter(tmp_path: Path) -> None:
    upload = uploads.begin(tmp_path, size=6)
    assert uploads.append(tmp_path, upload, b"abc", at=0) == 3
    with pytest.raises(Conflict, match="只收到 3 字节,全部是 6 字节"):
        uploads.whole_of(tmp_path, upload)
    with pytest.raises(IntakeError, match="事先说明的 6 字节"):
        uploads.append(tmp_path, upload, b"defg", at=3)
    assert uploads.append(tmp_path, upload, b"def", at=3) == 6
    assert uploads.whole_of(tmp_path, upload) == uploads.file_of(tmp_path, upload)
    path = uploads.file_of(tmp_path, upload)
    assert path.read_bytes() == b"abcdef"
    modes = [place.stat().st_mode & 0o777 for place in (path, path.parent, path.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]


def test_a_part_out_of_turn_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    upload = uploads.begin(tmp_path, size=6)
    uploads.append(tmp_path, upload, b"abc", at=0)
    with pytest.raises(Conflict, match="已收到 3 字节"):
        uploads.append(tmp_path, upload, b"abc", at=0)
    assert uploads.file_of(tmp_path, upload).read_bytes() == b"abc"


def test_a_file_over_the_limit_is_refused_before_it_comes_and_while_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LARGEST_MIB", 1)
    with pytest.raises(IntakeError, match="文件有 2 MB,网页一次最多收 1 MB"):
        uploads.begin(tmp_path, size=2 << 20)
    upload = uploads.begin(tmp_path, size=1)
    with pytest.raises(IntakeError, match="超过 1 MB"):
        uploads.append(tmp_path, upload, bytes((1 << 20) + 1), at=0)
    assert uploads.file_of(tmp_path, upload).stat().st_size == 0


@pytest.mark.parametrize("upload", ["..", "../../etc", "a" * 31, "A" * 32, "0" * 32, ""])
def test_what_is_no_upload_is_not_found(upload: str, tmp_path: Path) -> None:
    uploads.begin(tmp_path, size=0)
    for ask in (uploads.file_of, lambda data, name: uploads.append(data, name, b"", at=0)):
        with pytest.raises(NotFound):
            ask(tmp_path, upload)


def test_a_link_in_place_of_a_file_is_followed_by_nobody(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("{}")
    upload = uploads.begin(tmp_path, size=0)
    folder = uploads.file_of(tmp_path, upload).parent
    (folder / "file").unlink()
    for name in ("file", "report.json", "file.refused.xlsx"):
        (folder / name).symlink_to(secret)
    assert uploads.refused_of(tmp_path, upload) is None
    with pytest.raises(NotFound):
        uploads.file_of(tmp_path, upload)
    with pytest.raises(NotFound):
        uploads.read_note(tmp_path, upload, "report")


def test_a_folder_that_others_can_enter_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "uploads").mkdir(mode=0o755)
    (tmp_path / "uploads").chmod(0o755)
    with pytest.raises(Unavailable, match="不是本服务独有的"):
        uploads.begin(tmp_path, size=0)


def test_an_upload_is_forgotten_when_it_is_old_or_done(tmp_path: Path) -> None:
    old, done, new = (uploads.begin(tmp_path, size=0) for _ in range(3))
    uploads.write_note(tmp_path, done, "report", {"accepted": 1})
    assert uploads.read_note(tmp_path, done, "report") == {"accepted": 1}
    past = time.time() - uploads.LIFE_SECONDS - 1
    os.utime(uploads.file_of(tmp_path, old).parent, (past, past))
    uploads.sweep(tmp_path)
    uploads.discard(tmp_path, done)
    assert [path.name for path in (tmp_path / "uploads").iterdir()] == [new]


def test_one_that_goes_while_all_are_swept_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stays = uploads.begin(tmp_path, size=0)
    listed = [tmp_path / "uploads" / name for name in ("0" * 32, stays)]  # the first went after it was listed
    monkeypatch.setattr(Path, "iterdir", lambda _: iter(listed))
    uploads.sweep(tmp_path)
    assert uploads.file_of(tmp_path, stays).exists()


def test_no_more_wait_at_a_time_than_the_disk_bears(tmp_path: Path) -> None:
    held = [uploads.begin(tmp_path, size=0, session="a") for _ in range(uploads.MOST_OF_SESSION)]
    with pytest.raises(Unavailable, match="您已有 12 个文件"):
        uploads.begin(tmp_path, size=0, session="a")
    others = [f"b{n}" for n in range(uploads.MOST - uploads.MOST_OF_SESSION)]
    held += [uploads.begin(tmp_path, size=0, session=other) for other in others]  # the others are not held up
    with pytest.raises(Unavailable, match="全市已有 48 个文件"):
        uploads.begin(tmp_path, size=0, session="c")
    uploads.discard(tmp_path, held[0])
    uploads.leave(tmp_path, held[0])  # gone before it was left
    uploads.begin(tmp_path, size=0)


class Full(io.FileIO):
    """A file on a disk that has room for two bytes more."""

    def write(self, part: object) -> int:
        super().write(bytes(memoryview(part))[:2])  # type: ignore[arg-type]
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_part_that_finds_no_room_leaves_nothing_and_may_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = uploads.begin(tmp_path, size=6)
    uploads.append(tmp_path, upload, b"abc", at=0)
    with monkeypatch.context() as full:
        full.setattr(uploads, "_to_append", lambda path: Full(path, "ab"))
        with pytest.raises(Unavailable, match="磁盘已满,文件没有收下") as caught:
            uploads.append(tmp_path, upload, b"def", at=3)
    assert caught.value.kind == "disk_full"
    assert uploads.file_of(tmp_path, upload).read_bytes() == b"abc"
    assert uploads.append(tmp_path, upload, b"def", at=3) == 6


def test_a_copy_that_finds_no_room_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tips.csv").write_text("a,b,c")
    monkeypatch.setattr(uploads, "_to_append", lambda path: Full(path, "ab"))
    with pytest.raises(Unavailable, match="磁盘已满"):
        uploads.copied(tmp_path, tmp_path / "tips.csv")
    assert list((tmp_path / "uploads").iterdir()) == []


def test_an_upload_of_a_day_to_come_is_forgotten(tmp_path: Path) -> None:
    upload = uploads.begin(tmp_path, size=0)
    ahead = time.time() + 91 * 86400
    os.utime(uploads.file_of(tmp_path, upload).parent, (ahead, ahead))
    uploads.sweep(tmp_path)
    assert list((tmp_path / "uploads").iterdir()) == []


def printed_sheet(data: Path, action_id: int) -> str:
    upload = uploads.begin_sheet(data, action_id=action_id)
    uploads.write_note(data, upload, uploads.PRINTED, {"action_id": action_id})
    return upload


def test_what_was_imported_and_what_the_service_draws_take_nobodys_place(tmp_path: Path) -> None:
    for _ in range(3 * uploads.MOST_OF_SESSION):
        uploads.drop(tmp_path, uploads.begin(tmp_path, size=0, session="a"), uploads.FILE)
    for action_id in range(uploads.MOST):
        printed_sheet(tmp_path, action_id)
    assert uploads.begin(tmp_path, size=0, session="a")


def test_an_action_has_one_order_waiting_at_a_time(tmp_path: Path) -> None:
    first, second = (printed_sheet(tmp_path, 7) for _ in range(2))
    assert uploads.sheet_of(tmp_path, 7) == (second, {"action_id": 7})
    assert not (tmp_path / "uploads" / first).exists()
    assert uploads.sheet_of(tmp_path, 8) is None
