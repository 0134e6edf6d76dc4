"""The risk ledger: drafted, exported, filled, read back, signed by three, submitted, returned, accepted; and who is late."""

import hashlib
import json
import subprocess
import unittest
import zipfile

import openpyxl

from anlan import DONE, FAILED, PROGRAM, Scenario, id_number

COLUMNS = ["序号", "部门（岗位）", "风险点", "风险防控措施", "直接责任人", "部门负责人", "单位负责人"]
PASSWORD = "correct horse {:02} battery"
# login: name, post, organisation
PEOPLE = {
    "drafter": ("赵一", "SL", "d01-agency"),
    "first": ("钱二", "SL", "d01-agency"),
    "second": ("孙三", None, "d01-agency"),
    "head": ("李四", "BM", "d01-agency"),
    "chief": ("周五", "DW", "d01-agency"),
    "supervisor": ("吴六", "JD", "bureau"),
    "stranger": ("郑七", "SL", "d02-agency"),
}


class Ledger(Scenario):
    """The same promises on the desk that SQLite keeps and on the one that PostgreSQL keeps."""

    desk = ()  # options of init

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workspace = cls.folder / "workspace"
        cls.ran("init", cls.workspace, *cls.desk)
        cls.ran("actor", "identify", cls.workspace, "admin", "--id-no", id_number(1), "--name", "管理甲")
        cls.passwords = {}
        for number, (login, (name, post, organisation)) in enumerate(PEOPLE.items(), 2):
            made = json.loads(cls.ran("actor", "add", cls.workspace, login, "--name", name, "--id-no", id_number(number),
                                      "--organisation", organisation, "--json").out)
            cls.passwords[login] = [made["one_time_password"], PASSWORD.format(number)]
            if post:
                approver = "drafter" if login != "drafter" else "admin"
                cls.ran("actor", "grant", cls.workspace, login, post, "--organisation", organisation, "--approved-by", approver)

    def decide(self, number, who, *words, code=DONE):
        """Decides the matter of a ledger's last submission."""
        matter = self.json("show", number)["submissions"][-1]["matter_id"]
        return self.at_desk("matters", "decide", matter, *words, who=who, code=code)

    @classmethod
    def ledger(cls, *words, who=None, code=DONE, lang="en"):
        return cls.at_desk("ledger", *words, who=who, code=code, lang=lang)

    @classmethod
    def at_desk(cls, verb, *words, who=None, code=DONE, lang="en"):
        """A verb of the desk, as an account if `who` names one."""
        typed = ""
        acting = []
        if who:
            typed = "".join(line + "\n" for line in cls.passwords[who])
            cls.passwords[who] = cls.passwords[who][-1:]
            acting = ["--as", who]
        ended = subprocess.run([PROGRAM, verb, cls.workspace, *acting, *map(str, words), "--lang", lang],
                               input=typed.encode(), capture_output=True, check=False)
        ended.out, ended.err = ended.stdout.decode(), ended.stderr.decode()
        if ended.returncode != code:
            raise AssertionError(f"{verb} {words} as {who} ended with {ended.returncode}\n{ended.out}\n{ended.err}")
        return ended

    def json(self, *words, who=None):
        return json.loads(self.ledger(*words, "--json", who=who).out)

    def refused(self, error, *words, who=None):
        ended = self.ledger(*words, who=who, code=FAILED)
        self.assertIn(f"[{error}]", ended.err)
        for number in range(1, 10):
            self.assertNotIn(id_number(number), ended.out + ended.err)
        return ended

    def fill(self, source, target, **owners):
        """Writes names into the owners' columns, and the rows' risks, of a form; drops our second sheet."""
        book = openpyxl.load_workbook(source)
        del book[book.sheetnames[1]]
        sheet = book.worksheets[0]
        for row in sheet.iter_rows(min_row=4):
            if row[0].value is None:
                continue
            row[4].value = owners.get("second" if row[0].value % 2 == 0 else "first")
            row[5].value, row[6].value = owners.get("head"), owners.get("chief")
        book.save(target)

    def test_the_whole_life_of_a_ledger(self):
        number = self.json("new", "--unit", "d01-agency", "--year", "2018", who="drafter")["ledger_id"]
        self.refused("ledger.exists", "new", "--unit", "d01-agency", "--year", "2018", who="drafter")
        self.refused("access.no_organisation", "new", "--unit", "d01-agency", "--year", "2019", who="stranger")
        self.refused("access.no_right", "new", "--unit", "d01-agency", "--year", "2019")  # the console holds no post
        self.refused("ledger.missing", "show", number, who="stranger")
        gaps = self.ledger("coverage", number, "--json", code=FAILED)
        self.assertEqual({one["kind"] for one in json.loads(gaps.out)}, {"no_direct", "no_department_head", "no_unit_head"})

        draft, filled = self.folder / "draft.xlsx", self.folder / "filled.xlsx"
        exported = self.json("export", number, "--out", draft)
        names = {login: PEOPLE[login][0] for login in PEOPLE}
        self.fill(draft, filled, **names)
        head = self.json("import", filled, "--unit", "d01-agency", "--year", "2018", who="drafter")
        self.assertEqual((head["ledger_id"], head["content_version"]), (number, 2))
        self.assertNotEqual(head["sha256"], exported["sha256"])

        self.refused("ledger.signature_missing", "sign", number, "unit", who="chief")
        self.refused("ledger.not_named", "sign", number, "direct", who="drafter")
        self.refused("ledger.no_person", "sign", number, "direct")
        self.refused("ledger.signature_missing", "submit", number, who="chief")
        for who, level in (("first", "direct"), ("second", "direct"), ("head", "department"), ("chief", "unit")):
            self.ledger("sign", number, level, who=who)
        self.refused("ledger.signed_already", "sign", number, "unit", who="chief")

        # Our own export, read back, is the same ledger and voids nothing.
        again = self.folder / "again.xlsx"
        self.ledger("export", number, "--out", again)
        same = self.json("import", again, "--unit", "d01-agency", "--year", "2018", who="drafter")
        self.assertEqual((same["content_version"], same["sha256"]), (2, head["sha256"]))

        self.ledger("submit", number, who="chief")
        self.refused("ledger.under_review", "import", draft, "--unit", "d01-agency", "--year", "2018", who="drafter")
        self.assertIn("[duties.maker]", self.decide(number, "chief", "approve", "--post", "DW", code=FAILED).err)
        self.assertIn("[duties.opinion]", self.decide(number, "supervisor", "send_back", "--post", "JD", code=FAILED).err)
        self.decide(number, "supervisor", "send_back", "--post", "JD", "--opinion", "第2行措施不具体")
        self.assertIn("第2行措施不具体", self.ledger("show", number, lang="zh").out)
        self.refused("ledger.signature_missing", "submit", number, who="chief")

        # One row is edited: who signed other rows need not sign again.
        book = openpyxl.load_workbook(again)
        book.worksheets[0]["D5"].value += "\n每日双人核对"
        codes = book.worksheets[1]["J3"]
        codes.value += " –"
        book.save(again)
        edited = self.json("import", again, "--unit", "d01-agency", "--year", "2018", who="drafter")
        self.assertEqual(edited["content_version"], 3)
        page = self.json("show", number)
        self.assertEqual({one["level"]: bool(one["signed_at"]) for one in page["signatures"] if one["name"] != "孙三"},
                         {"direct": True, "department": False, "unit": False})
        for who, level in (("second", "direct"), ("head", "department"), ("chief", "unit")):
            self.ledger("sign", number, level, who=who)
        self.ledger("submit", number, who="chief")
        self.decide(number, "supervisor", "approve", "--post", "JD")
        head = self.json("show", number)
        self.assertEqual((head["state"], head["in_force_version"]), ("accepted", 3))
        self.assertEqual([one["outcome"] for one in self.json("show", number)["submissions"]], ["returned", "accepted"])

        # Whoever reads the form can compute what its footer says.
        page = self.json("show", number)
        text = json.dumps(page["content"], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        self.assertEqual(hashlib.sha256(text.encode()).hexdigest(), page["sha256"])

        tail = json.loads(self.ran("journal", "tail", self.workspace, "-n", 1000, "--json").out)
        acts = [one["entry"]["act"] for one in tail if one["entry"].get("subject") == f"ledger:{number}"]
        for act, times in (("created", 1), ("changed", 2), ("signed", 7), ("submitted", 2), ("returned", 1), ("accepted", 1)):
            self.assertEqual(acts.count("ledger." + act), times, act)
        self.ran("journal", "verify", self.workspace)

    def test_the_form_looks_as_the_document_asks(self):
        number = self.json("new", "--unit", "d02-agency", "--year", "2018", who="stranger")["ledger_id"]
        paths = {kind: self.folder / f"form.{kind}" for kind in ("xlsx", "docx", "pdf")}
        sha256 = {self.json("export", number, "--out", path)["sha256"] for path in paths.values()}
        self.assertEqual(len(sha256), 1)
        sha256 = sha256.pop()

        sheet = openpyxl.load_workbook(paths["xlsx"]).worksheets[0]
        self.assertEqual([cell.value for cell in sheet[3]], COLUMNS)
        self.assertTrue(sheet["A2"].value.startswith("填报单位（盖章）："))
        self.assertEqual((sheet.page_setup.paperSize, sheet.page_setup.orientation, sheet.print_title_rows),
                         (9, "landscape", "$3:$3"))
        self.assertIn(sha256, sheet.oddFooter.right.text)

        with zipfile.ZipFile(paths["docx"]) as archive:
            self.assertIsNone(archive.testzip())
            document = archive.read("word/document.xml").decode()
            self.assertIn("<w:tblHeader/>", document)
            self.assertIn(sha256, archive.read("word/footer1.xml").decode())
        head = document[:document.index("<w:tblHeader/>")]
        for column in COLUMNS:
            self.assertIn(f">{column}<", document)
            self.assertNotIn(f">{column}<", head)

        text = subprocess.run(["pdftotext", "-layout", paths["pdf"], "-"], capture_output=True, check=True).stdout.decode()
        pages = text.split("\f")[:-1]
        self.assertGreater(len(pages), 5)
        for place, page in enumerate(pages, 1):
            self.assertEqual([line.split() for line in page.splitlines()].count(COLUMNS), 1, place)
            self.assertIn(f"第{place}页共{len(pages)}页", "".join(page.split()))
            self.assertIn(sha256, page)
        fonts = subprocess.run(["pdffonts", paths["pdf"]], capture_output=True, check=True).stdout.decode()
        self.assertNotIn("Type 3", fonts)
        for line in fonts.splitlines()[2:]:
            self.assertIn(" yes yes ", line)  # embedded, a subset
        first = paths["pdf"].read_bytes()
        self.ledger("export", number, "--out", paths["pdf"])
        self.assertEqual(paths["pdf"].read_bytes(), first)
        self.refused("ledger.version_missing", "export", number, "--version-no", "9", "--out", paths["pdf"])
        self.refused("file.unwritable", "export", number, "--out", self.folder / "none" / "form.pdf")

    def test_a_wrong_form_changes_nothing_and_names_the_place(self):
        book = openpyxl.Workbook()
        sheet = book.active
        rows = [["填报单位（盖章）：某中心"], COLUMNS, [1, "科", "甲", "措施一", "钱二", "李四", "周五"], [3, "", "乙", "", "", "", ""]]
        for row in rows:
            sheet.append(row)
        path = self.folder / "错表.xlsx"
        book.save(path)
        ended = self.refused("ledger.form", "import", path, "--unit", "d01-agency", "--year", "2020", who="drafter")
        self.assertIn("错表.xlsx: row 4, 序号: 3, expected 2", ended.err)
        self.assertIn("错表.xlsx: row 4, 部门（岗位）: empty", ended.err)
        self.assertEqual(self.json("list", "--year", "2020"), [])
        path.write_bytes(path.read_bytes()[:-100])
        self.refused("file.damaged", "import", path, "--unit", "d01-agency", "--year", "2020", who="drafter")
        path.write_text("not a workbook")
        self.ledger("import", path, "--unit", "d01-agency", "--year", "2020", who="drafter", code=FAILED)
        self.passwords["nobody"] = ["whatever"]
        self.refused("access.login_failed", "list", who="nobody")

    def test_units_that_did_not_submit_are_on_the_late_list(self):
        self.assertEqual(self.json("late", "--year", "2030", "--as-of", "2030-11-30"), [])
        units = self.json("late", "--year", "2030", "--as-of", "2030-12-02")
        self.assertIn(("d03-agency", "not_submitted", 2), [(one["organisation"], one["late"], one["days"]) for one in units])
        self.assertNotIn("supervision", [one["organisation"] for one in units])
        self.assertIn("迟", self.ledger("late", "--year", "2030", "--as-of", "2030-12-02", lang="zh").out)
        self.assertEqual({one["organisation"] for one in self.json("late", "--year", "2030", "--as-of", "2030-12-02", who="drafter")},
                         {"d01-agency"})

    def test_help_speaks_both_languages(self):
        self.assertIn("迟报名单", self.ledger("--help", lang="zh").out)
        self.assertIn("who is late", self.ledger("--help").out)


if __name__ == "__main__":
    unittest.main()
