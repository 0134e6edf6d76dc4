"""What people give to the desk: kept once under its hash, served as it came and never shown, in every backup, and watched over."""

import hashlib
import io
import json
import os
import shutil
import socket
import time
import urllib.parse
import zipfile

from anlan import FAILED, anlan
from desk_server import DeskServer


def office(*names):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return packed.getvalue()


class Files(DeskServer):
    city = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.add("giver", "d01-agency", ("JH", "d01-agency"))
        cls.add("other", "d01-agency")
        cls.giver, cls.other = cls.person("giver"), cls.person("other")

    def give(self, content, name="核查情况说明.docx", client=None, **headers):
        return (client or self.giver).post("/api/files", raw=content, headers={
            "X-File-Name": urllib.parse.quote(name), "Content-Type": "application/octet-stream", **headers})

    def place(self, content):
        sha256 = hashlib.sha256(content).hexdigest()
        return self.workspace / "files" / sha256[:2] / sha256

    def incoming(self):
        """What is left of files that were received: each goes when its call is over, a moment behind the answer."""
        for _ in range(500):
            left = list((self.workspace / "files" / ".incoming").iterdir())
            if not left:
                break
            time.sleep(0.02)
        return left

    def test_what_is_given_comes_back_byte_for_byte_and_is_never_shown(self):
        rows = [
            (b"%PDF-1.7 " + os.urandom(3_000_000), "说明.pdf", "pdf", "application/pdf"),
            (b"\x89PNG\r\n\x1a\n" + os.urandom(100), "a.png", "png", "image/png"),
            (b"\xff\xd8\xff\xe0" + os.urandom(100), "a.jpg", "jpeg", "image/jpeg"),
            ("<script>alert(1)</script>".encode(), "page.html", "text", "text/plain; charset=utf-8"),
            (office("[Content_Types].xml", "word/document.xml"), "伪装.pdf", "docx",
             "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
            (office("OFD.xml"), "票据.ofd", "ofd", "application/ofd"),
        ]
        for content, name, media, mime in rows:
            with self.subTest(name):
                kept = self.give(content, name)
                self.assertEqual(kept.status, 201, kept)
                self.assertEqual(kept.json["sha256"], hashlib.sha256(content).hexdigest())
                self.assertEqual((kept.json["media"], kept.json["bytes"], kept.json["name"]), (media, len(content), name))
                got = self.giver.get(kept.headers["location"])
                self.assertEqual((got.status, got.body), (200, content))
                self.assertEqual(got.headers["content-type"], mime)
                self.assertEqual(got.headers["x-content-type-options"], "nosniff")
                self.assertTrue(got.headers["content-disposition"].startswith("attachment; "))
                self.assertIn("filename*=UTF-8''" + urllib.parse.quote(name), got.headers["content-disposition"])
                self.assertEqual(self.place(content).stat().st_mode & 0o777, 0o600)
                self.assertEqual(self.other.get(kept.headers["location"]).code, "file.not_kept")
        self.assertEqual(self.incoming(), [])

    def test_what_is_no_document_is_refused_and_leaves_nothing(self):
        before = sorted((self.workspace / "files").rglob("*")) if (self.workspace / "files").exists() else []
        rows = [
            (b"", "file.empty"), (b"MZ\x90\x00", "file.kind_refused"), (b"\x7fELF\x02", "file.kind_refused"),
            ("中文".encode("gb18030"), "file.kind_refused"), (b"PK\x03\x04 cut off", "file.damaged"),
            (office("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "file.macros"),
        ]
        for content, code in rows:
            answer = self.give(content)
            self.assertEqual((answer.status, answer.code), (422, code), answer)
        for name in ("..", "\u0001", "/"):
            answer = self.give(b"text", name)
            self.assertEqual((answer.status, answer.code), (422, "file.name"), answer)
        self.assertEqual(self.give(b"text", "a", **{"X-File-Name": "%FF"}).code, "request.file_name")
        self.assertEqual(self.incoming(), [])
        left = sorted(path for path in (self.workspace / "files").rglob("*") if path.is_file())
        self.assertEqual([path for path in left if path not in before and path != self.place(b"text")], [])

    def test_the_same_gift_twice_is_kept_once(self):
        content = b"%PDF-1.4 twice"
        first = self.give(content, "一.pdf", **{"Idempotency-Key": "gift-of-twice"})
        again = self.give(content, "一.pdf", **{"Idempotency-Key": "gift-of-twice"})
        self.assertEqual((again.status, again.body), (first.status, first.body))
        self.assertEqual(again.headers["idempotency-replayed"], "true")
        for change in ({"content": b"%PDF-1.4 other"}, {"name": "二.pdf"}):
            other = self.give(**{"content": content, "name": "一.pdf", **change}, **{"Idempotency-Key": "gift-of-twice"})
            self.assertEqual((other.status, other.code), (409, "request.key_reused"))
        self.assertEqual(self.give(content, "他人的.pdf", self.other).json["name"], "他人的.pdf")
        self.assertEqual([one["name"] for one in self.giver.get("/api/files").json["files"] if one["sha256"] == first.json["sha256"]],
                         ["一.pdf"])
        self.assertEqual(self.incoming(), [])

    def test_an_upload_cut_off_leaves_nothing(self):
        with socket.create_connection(("127.0.0.1", self.port)) as line:
            line.sendall(f"POST /api/files HTTP/1.1\r\nHost: x\r\nCookie: {self.giver.cookie}\r\nX-CSRF-Token: {self.giver.csrf}\r\n"
                         "X-File-Name: a\r\nContent-Length: 1000000\r\n\r\n%PDF-1.4".encode())
            line.sendall(b"x" * 500_000)
            line.shutdown(socket.SHUT_WR)
            line.recv(1)  # the other side has given up
        self.assertEqual(self.give(b"still here").status, 201)
        self.assertEqual(self.incoming(), [])

    def test_the_journal_tells_of_it_without_the_name(self):
        kept = self.give(b"told", "王某的情况.txt").json
        self.server_told = json.loads(self.ran("journal", "tail", self.workspace, "-n", 1000, "--json").out)
        while not (told := [one["entry"] for one in self.server_told if one["entry"].get("subject") == "file:" + kept["sha256"]]):
            self.server_told = json.loads(self.ran("journal", "tail", self.workspace, "-n", 1000, "--json").out)
        self.assertEqual((told[0]["act"], told[0]["counts"]["bytes"]), ("file.kept", 4))
        self.assertNotIn("王某", json.dumps(told, ensure_ascii=False))


class FilesAreLookedAfter(DeskServer):
    city = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.add("giver", "d01-agency")
        giver = cls.person("giver")
        cls.kept = [giver.post("/api/files", raw=f"证据 {n}".encode(), headers={"X-File-Name": f"{n}.txt"}).json["sha256"] for n in range(3)]
        cls.stop()  # what it told is settled
        cls.sound = cls.workspace

    def path(self, workspace, number):
        return workspace / "files" / self.kept[number][:2] / self.kept[number]

    def codes(self, workspace, *options):
        return sorted(one["code"] for one in json.loads(anlan("doctor", workspace, "--json", *options).out)["findings"])

    def copy(self, name):
        target = self.folder / name
        shutil.copytree(self.sound, target)
        return target

    def test_doctor_names_what_is_wrong(self):
        workspace = self.copy("ill")
        self.assertEqual(self.codes(workspace), [])
        self.path(workspace, 0).write_bytes("证据 X".encode())
        self.path(workspace, 1).unlink()
        unknown = workspace / "files" / "ff"
        unknown.mkdir(mode=0o700, exist_ok=True)
        (unknown / ("f" * 64)).write_bytes(b"x")
        (workspace / "files" / ".incoming" / "left").write_bytes(b"x")
        (workspace / "files").chmod(0o755)
        wrong = ["files.incoming_left", "files.missing", "files.rights", "files.unknown"]
        self.assertEqual(self.codes(workspace), sorted([*wrong, "files.changed"]))
        self.assertEqual(self.codes(workspace, "--quick"), wrong)  # of the same size
        for lang in ("zh", "en"):
            said = self.ran("doctor", workspace, lang=lang, code=FAILED).out
            for code in wrong:
                self.assertIn(f"[{code}]", said)
        self.ran("doctor", workspace, "--repair", code=FAILED)
        self.assertEqual((workspace / "files").stat().st_mode & 0o777, 0o700)

    def test_backups_have_them_and_restores_bring_them_back(self):
        workspace = self.copy("working")
        backup = self.folder / "backup"
        self.ran("backup", workspace, backup)
        listed = {one["path"]: one["sha256"] for one in json.loads((backup / "manifest.json").read_text())["files"]}
        for sha256 in self.kept:
            self.assertEqual(listed[f"files/{sha256[:2]}/{sha256}"], sha256)
        restored = self.folder / "restored"
        self.ran("restore", backup, restored)
        for number in range(3):
            self.assertEqual(self.path(restored, number).read_bytes(), f"证据 {number}".encode())
            self.assertEqual(self.path(restored, number).stat().st_mode & 0o777, 0o600)
        self.assertEqual((restored / "files").stat().st_mode & 0o777, 0o700)
        self.assertNotIn("files", " ".join(self.codes(restored)))
        # Over a workspace that lost one: what is there stays, what is not is added.
        self.path(workspace, 2).unlink()
        self.assertEqual(self.codes(workspace), ["files.missing"])
        self.ran("restore", backup, workspace, "--replace")
        self.assertEqual(self.path(workspace, 2).read_bytes(), "证据 2".encode())


if __name__ == "__main__":
    import unittest

    unittest.main()
