"""Whatever is wrong with a file or a folder: a clear error, its exit code, and nothing half-written."""

import fcntl
import gzip
import io
import os
import pathlib
import struct
import subprocess
import unittest
import zipfile
import zlib

import openpyxl

from anlan import DONE, FAILED, PROGRAM, SOME_REJECTED, Scenario, anlan, id_number, memory_peak_bytes

HEADER = "person_id,id_no,name\n"
GIB = 1 << 30


def person(i):
    return f"P{i:05d},{id_number(i)},合成{i}\n"


def xlsx(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def ole_file(stream):
    """The smallest compound file: header, allocation table, one directory sector that names one stream."""
    content = bytearray(512 * 3)
    content[0:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<H", content, 30, 9)       # sectors of 512 bytes
    struct.pack_into("<I", content, 48, 1)       # the directory is sector 1
    struct.pack_into("<I", content, 76, 0)       # the allocation table is sector 0
    struct.pack_into("<II", content, 512, 0xFFFFFFFD, 0xFFFFFFFE)
    name = stream.encode("utf-16-le")
    content[1024 + 128:1024 + 128 + len(name)] = name
    struct.pack_into("<H", content, 1024 + 128 + 64, len(name) + 2)
    return bytes(content)


def gzip_of_zeros(size):
    """Deflated without ever being whole in memory."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(1 << 20)
    return b"".join(packer.compress(block) for _ in range(size >> 20)) + packer.flush()


class BadFile(Scenario):
    """Files that are refused whole."""

    def setUp(self):
        self.workspace = self.new_workspace(self.id().rsplit(".", 1)[-1])
        self.before = self.workspace.everything()

    def assert_refused(self, file, code, *said, options=()):
        ended = anlan("import", self.workspace, file, *options)
        self.assertEqual(ended.code, FAILED, ended.out + ended.err)
        self.assertIn(f"[{code}]", ended.err)
        for words in (file.name, *said):
            self.assertIn(words, ended.err)
        self.assertEqual(self.workspace.everything(), self.before)

    def test_a_required_column_is_missing(self):
        file = self.write("missing/person.csv", "person_id,name,身份证号玛\nP1,合成甲,1\n")
        self.assert_refused(file, "import.column_missing", "id_no", "社会保障号码", "身份证号玛")

    def test_two_headers_name_one_column(self):
        file = self.write("twice/person.csv", f"person_id,id_no,name,身份证号\nP1,{id_number(1)},合成甲,{id_number(2)}\n")
        self.assert_refused(file, "import.column_twice", "id_no", "身份证号")

    def test_a_mapping_gives_two_headers_to_one_column(self):
        file = self.write("mapped/person.csv", f"编号,号码,备用号码,name\nP1,{id_number(1)},{id_number(2)},合成甲\n")
        mapping = self.write("mapped/map.yaml", "table: person\ncolumns: {编号: person_id, 号码: id_no, 备用号码: id_no}\n")
        self.assert_refused(file, "import.column_twice", "号码", "备用号码", options=("--map", mapping))

    def test_a_mapping_names_what_is_not_there(self):
        file = self.write("mapped/person.csv", HEADER + person(1))
        for text, said in (("columns: {name: nmae}", "nmae"), ("columns: {姓 名字: name}", "姓 名字"),
                           ("colums: {name: name}", "map.yaml:1"), ("units: {name: 万元}", "name")):
            with self.subTest(mapping=text):
                mapping = self.write("mapped/map.yaml", text + "\n")
                ended = anlan("import", self.workspace, file, "--map", mapping)
                self.assertEqual(ended.code, FAILED, ended.out + ended.err)
                self.assertIn(said, ended.err)
                self.assertEqual(self.workspace.everything(), self.before)

    def test_an_empty_file(self):
        self.assert_refused(self.write("empty/person.csv", ""), "import.empty")

    def test_a_file_of_blank_lines(self):
        self.assert_refused(self.write("blank/person.csv", "\n\n\r\n"), "import.empty")

    def test_a_line_of_forty_megabytes(self):
        file = self.write("long/person.csv", HEADER + person(1) + "P2," + "9" * 40_000_000 + ",合成乙\n")
        self.assert_refused(file, "csv.record_too_long", "line 3")

    def test_a_quote_that_is_never_closed(self):
        file = self.write("quote/person.csv", HEADER + person(1) + f'P2,{id_number(2)},"合成乙\n' + person(3))
        self.assert_refused(file, "csv.quote_open", "line 3")

    def test_a_file_of_two_gigabytes_without_a_line_end(self):
        file = self.write("huge/person.csv", HEADER + "P1,")
        with open(file, "r+b") as hole:
            hole.truncate(2 * GIB)
        peak, ended = memory_peak_bytes("import", self.workspace, file)
        self.assertEqual(ended.returncode, FAILED, ended.stdout + ended.stderr)
        self.assertIn(file.name, ended.stderr)
        self.assertLess(peak, GIB)
        self.assertEqual(self.workspace.everything(), self.before)

    def test_a_line_of_two_gigabytes(self):
        file = self.write("huge/person.csv", HEADER + "P1,")
        with open(file, "ab") as line:
            for _ in range(2 * GIB // (64 << 20)):
                line.write(b"9" * (64 << 20))
        peak, ended = memory_peak_bytes("import", self.workspace, file)
        file.unlink()
        self.assertEqual(ended.returncode, FAILED, ended.stdout + ended.stderr)
        self.assertIn("[csv.record_too_long]", ended.stderr)
        self.assertIn("line 2", ended.stderr)
        self.assertLess(peak, GIB)
        self.assertEqual(self.workspace.everything(), self.before)

    def test_nul_characters(self):
        file = self.write("nul/person.csv", HEADER + person(1) + "P2,\0\0,合成乙\n" + person(3))
        self.assert_refused(file, "text.nul", "line 3")

    def test_bytes_of_no_encoding(self):
        file = self.write("bytes/person.csv", (HEADER + person(1)).encode() + b"P2,1,\xff\xff\xff\n")
        self.assert_refused(file, "text.encoding", "line 3")

    def test_a_workbook_cut_off(self):
        whole = xlsx(["person_id", "id_no", "name"], *(["P%d" % i, id_number(i), "合成"] for i in range(500)))
        self.assert_refused(self.write("cut/person.xlsx", whole[:len(whole) * 2 // 3]), "file.damaged")

    def test_a_packed_file_cut_off(self):
        text = (HEADER + "".join(map(person, range(5000)))).encode()
        self.assert_refused(self.write("cut/person.csv.gz", gzip.compress(text)[:-5000]), "file.damaged")

    def test_a_packed_file_with_a_wrong_byte(self):
        packed = bytearray(gzip.compress((HEADER + "".join(map(person, range(5000)))).encode()))
        packed[len(packed) // 2] ^= 0x40
        self.assert_refused(self.write("wrong/person.csv.gz", bytes(packed)), "file.damaged")

    def test_an_archive_cut_off(self):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("person.csv", HEADER + "".join(map(person, range(5000))))
        file = self.write("cut/person.zip", content.getvalue()[:-200])
        self.assert_refused(file, "file.damaged")

    def test_a_gzip_bomb(self):
        file = self.write("bomb/person.csv.gz", gzip_of_zeros(GIB))
        peak, ended = memory_peak_bytes("import", self.workspace, file)
        self.assertEqual(ended.returncode, FAILED, ended.stdout + ended.stderr)
        self.assertIn("[file.zip_bomb]", ended.stderr)
        self.assertLess(peak, GIB)
        self.assertEqual(self.workspace.everything(), self.before)

    def test_a_zip_bomb(self):
        file = self.folder / "person.zip"
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            with archive.open("person.csv", "w", force_zip64=True) as entry:
                for _ in range(1024):
                    entry.write(bytes(1 << 20))
        self.assert_refused(file, "file.zip_bomb")

    def test_a_web_page_named_like_a_workbook(self):
        file = self.write("html/person.xls", "<html><table><tr><td>person_id</td></tr></table></html>")
        self.assert_refused(file, "file.html_as_xls")

    def test_a_workbook_with_a_password(self):
        self.assert_refused(self.write("locked/person.xlsx", ole_file("EncryptedPackage")), "file.xlsx_password")

    def test_a_picture(self):
        png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + bytes(300)
        ended = anlan("import", self.workspace, self.write("picture/person.csv", png))
        self.assertEqual(ended.code, FAILED, ended.out + ended.err)
        self.assertIn("person.csv", ended.err)
        self.assertEqual(self.workspace.everything(), self.before)

    def test_a_table_nobody_knows(self):
        file = self.write("unknown/benefit_paymnet.csv", HEADER + person(1))
        self.assert_refused(file, "import.table_unknown", "benefit_payment")
        named = self.write("unknown/person.csv", HEADER + person(1))
        ended = anlan("import", self.workspace, named, "--table", "persn")
        self.assertEqual(ended.code, FAILED)
        self.assertIn("person", ended.err.replace("persn", "").replace("person.csv", ""))
        self.assertEqual(self.workspace.everything(), self.before)

    def test_a_file_that_is_not_there(self):
        self.assert_refused(self.folder / "nowhere" / "person.csv", "file.unreadable")

    def test_a_folder_without_any_table(self):
        self.assert_refused(self.write("letters/letter.txt", "dear reader").parent, "import.nothing")
        empty = self.folder / "empty folder"
        empty.mkdir()
        self.assert_refused(empty, "import.nothing")

    def test_one_bad_file_does_not_stop_the_others(self):
        self.write("mixed/person.csv", HEADER + person(1))
        self.write("mixed/employer.csv", "nonsense\n1\n")
        ended = anlan("import", self.workspace, self.folder / "mixed")
        self.assertEqual(ended.code, FAILED, ended.out + ended.err)
        self.assertIn("employer.csv", ended.err)
        self.assertEqual([delivery["table"] for delivery in self.workspace.deliveries()], ["person"])


class BadRows(Scenario):
    """Rows that are rejected one by one, each with its reason."""

    def rejected(self, name, content):
        """The rows loaded of the file, and (row, column, value, reason) of each rejected."""
        workspace = self.new_workspace(f"workspace {name}")
        ended = anlan("import", workspace, self.write(f"{name}/person{pathlib.Path(name).suffix}", content))
        (delivery,) = workspace.deliveries()
        self.assertEqual(delivery["rows_read"], delivery["rows_loaded"] + delivery["rows_rejected"])
        self.assertEqual(ended.code, SOME_REJECTED if delivery["rows_rejected"] else DONE, ended.out + ended.err)
        rows = [(int(row["row_no"]), row["column"], row["value"], row["code"]) for row in workspace.rejects(delivery)
                if row["kind"] == "reject"]
        self.assertEqual(len(rows), delivery["rows_rejected"])
        return delivery["rows_loaded"], rows

    def test_a_header_without_rows_is_an_empty_delivery(self):
        self.assertEqual(self.rejected("header only.csv", HEADER), (0, []))

    def test_id_numbers_stored_as_numbers_have_lost_their_last_digits(self):
        number = int(id_number(1)[:17] + "2")
        content = xlsx(["person_id", "id_no", "name"], ["P1", number, "合成甲"], ["P2", id_number(2), "合成乙"])
        loaded, rows = self.rejected("lossy.xlsx", content)
        self.assertEqual(loaded, 1)
        self.assertEqual([(row, column, reason) for row, column, _, reason in rows], [(2, "id_no", "row.lossy_number")])

    def test_a_formula_without_its_value(self):
        content = xlsx(["person_id", "id_no", "name"], ["P1", id_number(1), '="合成"&"甲"'], ["P2", id_number(2), "合成乙"])
        loaded, rows = self.rejected("formula.xlsx", content)
        self.assertEqual(loaded, 1)
        self.assertEqual([(row, column, reason) for row, column, _, reason in rows], [(2, "name", "row.formula_error")])

    def test_a_totals_row_at_the_end(self):
        for name, content in (("totals.csv", HEADER + person(1) + person(2) + "合计,2,\n"),
                              ("totals.xlsx", xlsx(["person_id", "id_no", "name"], ["P1", id_number(1), "合成甲"],
                                                   ["P2", id_number(2), "合成乙"], ["合计", 2, None]))):
            with self.subTest(name=name):
                loaded, rows = self.rejected(name, content)
                self.assertEqual(loaded, 2)
                self.assertEqual([(row, reason) for row, _, _, reason in rows], [(4, "row.totals")])

    def test_too_few_and_too_many_fields(self):
        loaded, rows = self.rejected("fields.csv", HEADER + person(1) + "P2\n" + person(3).strip() + ",多出\n" + person(4))
        self.assertEqual(loaded, 2)
        self.assertEqual([(row, reason) for row, _, _, reason in rows], [(3, "row.field_count"), (4, "row.field_count")])

    def test_every_row_bad(self):
        loaded, rows = self.rejected("all bad.csv", HEADER + "".join(f"P{i},,合成\n" for i in range(50)))
        self.assertEqual(loaded, 0)
        self.assertEqual({(column, reason) for _, column, _, reason in rows}, {("id_no", "row.required_missing")})

    def test_the_first_of_rows_with_one_key_counts(self):
        loaded, rows = self.rejected("keys.csv", HEADER + person(1) + person(2) + person(1) + person(1))
        self.assertEqual(loaded, 2)
        self.assertEqual([(row, reason) for row, _, _, reason in rows], [(4, "row.key_duplicate"), (5, "row.key_duplicate")])


class BadPlace(Scenario):
    """Workspaces that cannot be written."""

    def setUp(self):
        self.file = self.write("good/person.csv", HEADER + "".join(map(person, range(1000))))

    def test_a_workspace_that_may_only_be_read(self):
        workspace = self.new_workspace("read only")
        before = workspace.everything()
        folders = [folder for folder in (workspace.folder, *workspace.folder.rglob("*")) if folder.is_dir()]
        for folder in folders:
            folder.chmod(0o555)
        # The superuser may write everywhere, unless that one power is taken away.
        weak = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
        ended = subprocess.run([*weak, PROGRAM, "import", str(workspace), str(self.file), "--lang", "en"],
                               capture_output=True, check=False, text=True)
        for folder in folders:
            folder.chmod(0o750)
        self.assertEqual(ended.returncode, FAILED, ended.stdout + ended.stderr)
        self.assertIn("[file.unwritable]", ended.stderr)
        self.assertIn(str(workspace), ended.stderr)
        self.assertEqual(workspace.everything(), before)
        self.ran("import", workspace, self.file)

    def test_a_disk_that_fills_up(self):
        rows = [f"P{i:06d},{id_number(i, f'19{40 + i // 1000 % 50}0704')},{os.urandom(24).hex()}\n" for i in range(60000)]
        file = self.write("wide/person.csv", HEADER + "".join(rows))
        disk = self.folder / "disk"
        disk.mkdir()
        small = os.geteuid() == 0 and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=2500k", "none", str(disk)], capture_output=True, check=False).returncode == 0
        if not small:
            self.skipTest("mounting a small disk takes the superuser")
        self.addCleanup(subprocess.run, ["umount", str(disk)], check=True)
        workspace = self.new_workspace("disk/workspace")
        self.ran("import", workspace, self.file)
        before = workspace.everything()
        ended = anlan("import", workspace, file)
        self.assertEqual(ended.code, FAILED, ended.out + ended.err)
        self.assertIn("[file.unwritable]", ended.err)
        self.assertNotIn(id_number(1), ended.err)
        self.assertEqual(workspace.everything(), before)
        self.ran("import", workspace, self.write("good/person-b.csv", HEADER + person(7)))
        self.assertEqual(workspace.staged(), [])
        self.assertEqual(len(workspace.deliveries()), 2)

    def test_another_writer_is_at_work(self):
        workspace = self.new_workspace("busy")
        before = workspace.everything()
        with open(workspace.folder / ".lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for words in (("import", workspace, self.file), ("detect", workspace)):
                ended = anlan(*words)
                self.assertEqual(ended.code, FAILED, ended.out + ended.err)
                self.assertIn("[workspace.busy]", ended.err)
            self.assertEqual(workspace.everything(), before)
        self.ran("import", workspace, self.file)

    def test_two_imports_at_once(self):
        workspace = self.new_workspace("both")
        files = [self.write(f"both/person-{name}.csv", HEADER + "".join(map(person, range(900)))+ f"Q,{id_number(1)},{name}\n")
                 for name in ("甲", "乙")]
        both = [subprocess.Popen([PROGRAM, "import", str(workspace), str(file), "--lang", "en"], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True) for file in files]
        ends = [one.communicate() for one in both]
        for one, (out, err) in zip(both, ends):
            self.assertIn(one.returncode, (DONE, FAILED), out + err)
            self.assertEqual("[workspace.busy]" in err, one.returncode == FAILED, err)
        self.assertIn(DONE, [one.returncode for one in both])
        self.assertEqual(len(workspace.deliveries()), sum(one.returncode == DONE for one in both))
        for file in files:
            self.ran("import", workspace, file)
        self.assertEqual([delivery["rows_loaded"] for delivery in workspace.deliveries()], [901, 901])
        self.assertEqual(workspace.staged(), [])

    def test_a_manifest_is_damaged(self):
        workspace = self.new_workspace("damaged")
        self.ran("import", workspace, self.file)
        (delivery,) = workspace.deliveries()
        (delivery["folder"] / "manifest.json").write_text("{", encoding="ascii")
        ended = anlan("deliveries", workspace, "list")
        self.assertEqual(ended.code, FAILED, ended.out + ended.err)
        self.assertIn("[delivery.manifest]", ended.err)
        self.assertIn(delivery["id"], ended.err)


if __name__ == "__main__":
    unittest.main()
