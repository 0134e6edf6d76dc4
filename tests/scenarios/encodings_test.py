"""However a file is written, the same rows give the same bytes in the lake."""

import datetime
import gzip
import io
import json
import unittest
import zipfile

import openpyxl

from anlan import Scenario, anlan, csv_text, id_number

# 㛃 and 䶮 take four bytes in GB18030, and no other Chinese encoding has them.
NAMES = ["合成甲", "合成·买买提", "㛃", "䶮", "合成, 乙", "合成;丙|丁", '合成"引号"', "𠮷", "O'Neil-合成"]

PERSON = ["person_id", "id_no", "name", "sex", "birth_date", "street", "addr"]
PAYMENT = ["pay_id", "person_id", "scheme", "benefit_month", "item", "amount", "payee_name", "acct_no", "pay_kind",
           "op_date"]


def person_rows():
    for i in range(600):
        yield [f"P{i:05d}", id_number(i, f"19{30 + i // 20}0704"), NAMES[i % len(NAMES)], "12"[i % 2],
               f"19{30 + i // 20}-07-04", "" if i % 7 == 0 else f"街道{i % 9}", f"合成路 {i} 号"]


def payment_rows():
    for i in range(900):
        yield [f"B{i:06d}", f"P{i % 600:05d}", "110", f"2018{i % 12 + 1:02d}", "100010", f"{i * 7919 % 900000 / 100:.2f}",
               NAMES[i % len(NAMES)], f"999{i:015d}", "0", f"2018-{i % 12 + 1:02d}-10"]


TABLES = {"person": (PERSON, list(person_rows())), "benefit_payment": (PAYMENT, list(payment_rows()))}


def headers(table, kind):
    """The table's headers in English, in Chinese, or by code where there is one."""
    columns = {column["name"]: column for column in json.loads(anlan("tables", "show", table, "--json").out)["columns"]}
    names = TABLES[table][0]
    if kind == "english":
        return names
    chinese = [columns[name]["title"]["zh"] for name in names]
    return chinese if kind == "chinese" else [columns[name]["code"] or zh for name, zh in zip(names, chinese)]


def as_csv(table, header="english", **how):
    return csv_text([headers(table, header), *TABLES[table][1]], **how)


def as_xlsx(table, typed):
    """A workbook; `typed`: with dates, months and money as a spreadsheet keeps them, not as text."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(headers(table, "chinese"))
    for row in TABLES[table][1]:
        cells = []
        for name, cell in zip(TABLES[table][0], row):
            if cell == "":
                cells.append(None)
            elif typed and name.endswith("_date"):
                cells.append(datetime.date.fromisoformat(cell))
            elif typed and name == "amount":
                cells.append(float(cell))
            elif typed and name == "benefit_month":
                cells.append(int(cell))
            else:
                cells.append(cell)
        sheet.append(cells)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def as_zip(name, content):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


# Name of the way → what is behind the table's name in the file's name, and the content.
WAYS = {
    "utf8_bom": lambda table: (".csv", as_csv(table).encode("utf-8-sig")),
    "crlf": lambda table: (".csv", as_csv(table, end="\r\n").encode()),
    "no_last_line_end": lambda table: (".csv", as_csv(table).encode().rstrip(b"\n")),
    "utf16le": lambda table: (".csv", b"\xff\xfe" + as_csv(table).encode("utf-16-le")),
    "utf16be": lambda table: (".csv", b"\xfe\xff" + as_csv(table).encode("utf-16-be")),
    "utf16le_without_bom": lambda table: (".csv", as_csv(table).encode("utf-16-le")),
    "gb18030": lambda table: (".csv", as_csv(table).encode("gb18030")),
    "gb18030_chinese": lambda table: (".csv", as_csv(table, "chinese").encode("gb18030")),
    "gb18030_codes": lambda table: (".txt", as_csv(table, "code", end="\r\n").encode("gb18030")),
    "chinese": lambda table: (".csv", as_csv(table, "chinese").encode()),
    "codes": lambda table: (".csv", as_csv(table, "code").encode()),
    "tab": lambda table: (".txt", as_csv(table, delimiter="\t").encode()),
    "semicolon": lambda table: (".csv", as_csv(table, delimiter=";").encode()),
    "pipe": lambda table: (".dat", as_csv(table, delimiter="|").encode("gb18030")),
    "gz": lambda table: (".csv.gz", gzip.compress(as_csv(table).encode("gb18030"))),
    "zip": lambda table: (".zip", as_zip(f"{table}.csv", as_csv(table).encode())),
    "xlsx_text": lambda table: (".xlsx", as_xlsx(table, typed=False)),
    "xlsx_typed": lambda table: (".xlsx", as_xlsx(table, typed=True)),
    "xlsx_in_zip": lambda table: (".zip", as_zip(f"{table}.xlsx", as_xlsx(table, typed=False))),
}


class Encodings(Scenario):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        plain = cls.new_workspace("plain")
        for table in TABLES:
            cls.write(f"plain files/{table}.csv", as_csv(table))
        cls.ran("import", plain, cls.folder / "plain files")
        cls.expected = plain.parts()
        cls.plain = plain

    def test_plain_utf8_loads_every_row(self):
        loaded = {delivery["table"]: delivery["rows_loaded"] for delivery in self.plain.deliveries()}
        self.assertEqual(loaded, {table: len(rows) for table, (_, rows) in TABLES.items()})

    def test_every_way_of_writing_gives_the_same_bytes(self):
        for way, content_of in WAYS.items():
            with self.subTest(way=way):
                for table in TABLES:
                    ending, content = content_of(table)
                    self.write(f"{way}/{table}{ending}", content)
                workspace = self.new_workspace(f"workspace {way}")
                self.ran("import", workspace, self.folder / way)
                self.assertEqual(workspace.parts(), self.expected)

    def test_an_encoding_can_be_forced_and_a_wrong_one_is_refused(self):
        workspace = self.new_workspace("forced")
        file = self.write("forced/person.csv", as_csv("person").encode("gb18030"))
        ended = anlan("import", workspace, file, "--encoding", "UTF-8")
        self.assertEqual(ended.code, 1)
        self.assertRegex(ended.err, r"text\.encoding")
        self.assertRegex(ended.err, r"line \d+, byte offset \d+")
        self.assertEqual(workspace.deliveries(), [])
        self.ran("import", workspace, file, "--encoding", "GB18030")
        self.assertEqual(workspace.parts(), {"person": self.expected["person"]})

    def test_one_name_far_down_decides_the_encoding(self):
        header, *rows = as_csv("person").splitlines()
        ascii_rows = [f"Q{i:07d},{id_number(i)},SYNTHETIC,1,1956-07-04,,addr" for i in range(30000)]
        workspace = self.new_workspace("late")
        for name, encoding in (("person-a.csv", "gb18030"), ("person-b.csv", "utf-8")):
            self.write(f"late/{name}", "\n".join([header, *ascii_rows, *rows[:1]]).encode(encoding))
        self.ran("import", workspace, self.folder / "late")
        one, other = workspace.parts()["person"]
        self.assertEqual(one, other)
        self.assertEqual({delivery["encoding"] for delivery in workspace.deliveries()}, {"GB18030", "UTF-8"})


class Parquet(Scenario):
    def test_a_city_in_parquet_says_what_the_same_city_says_in_csv(self):
        loaded, leads = [], []
        for kind in ("csv", "parquet"):
            city = self.new_city(f"city {kind}", 2000, 11, "--months", 12, "--format", kind)
            workspace = self.new_workspace(f"workspace {kind}")
            self.ran("import", workspace, city)
            loaded.append({delivery["source"].removesuffix(f".{kind}"): delivery["rows_loaded"]
                           for delivery in workspace.deliveries()})
            self.ran("detect", workspace)
            # Run and snapshot name the deliveries, and those are of other files.
            leads.append([{key: value for key, value in json.loads(line).items() if key not in ("run", "snapshot")}
                          for line in workspace.leads().splitlines()])
        self.assertGreater(len(loaded[0]), 40)
        self.assertEqual(loaded[0], loaded[1])
        self.assertGreater(len(leads[0]), 20)
        self.assertEqual(leads[0], leads[1])


if __name__ == "__main__":
    unittest.main()
