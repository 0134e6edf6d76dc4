"""Facts that no city would have, heaped on a few of its people: limits met from both sides, everything at once, names that differ,
several registrations of one human, payments returned, months bought twice. A city made with `--plain` gets them as further files."""

import csv
import datetime
import random

SCHEMES = ("110", "120", "170", "210", "410")
ITEMS = {"110": ("100010", "100014", "800013", "800011"), "120": ("100010", "100021", "800013", "800011"),
         "170": ("100011", "100012", "800013", "800011"), "210": ("200011", "200012", "200013", "200014"),
         "410": ("400011", "400012", "400013", "400014", "400021", "400022", "800011", "800012")}
ONE_OFF = {"800011", "800012", "400021", "400022", "200014"}
LAST_DAY = datetime.date(2018, 12, 31)


def day_text(day):
    return day.isoformat()


class OddFacts:
    def __init__(self, city, seed, people=400):
        self.city, self.draw, self.written, self.made = city, random.Random(seed), {}, 0
        with open(city / "person.csv", encoding="utf-8-sig", newline="") as lines:
            self.people = [row for row in csv.DictReader(lines) if row["birth_date"] and row["sex"] in "12"]
        self.chosen = self.draw.sample(self.people, people)
        self.payers = ["E00000001", "E00000002", "E00000003"]
        self.insts = ["H00000", "H00001", "H00002"]

    def put(self, table, **row):
        self.written.setdefault(table, []).append(row)

    def save(self):
        for table, rows in self.written.items():
            header = list(dict.fromkeys(name for row in rows for name in row))
            with open(self.city / f"{table}-odd.csv", "w", encoding="utf-8", newline="") as out:
                writer = csv.DictWriter(out, header, restval="")
                writer.writeheader()
                writer.writerows(rows)

    def number(self):
        self.made += 1
        return f"{self.made:06d}"

    def often(self, percent):
        return self.draw.randrange(100) < percent

    def day(self, first=datetime.date(2018, 1, 1), last=datetime.date(2018, 12, 28)):
        return first + datetime.timedelta(self.draw.randrange((last - first).days + 1))

    def month(self, first=(2018, 1), months=12):
        index = first[0] * 12 + first[1] - 1 + self.draw.randrange(months)
        return index // 12 * 100 + index % 12 + 1

    def later(self, month, by):
        index = month // 100 * 12 + month % 100 - 1 + by
        return index // 12 * 100 + index % 12 + 1

    def name(self, person):
        return person["name"] if self.often(75) else self.draw.choice(("", "另一人"))

    def maybe(self, value, percent=70):
        return value if self.often(percent) else ""

    def make(self):
        for person in self.chosen:
            for fact, percent in ((self.again, 10), (self.death, 45), (self.prison, 35), (self.away, 35), (self.check, 40),
                                  (self.household, 30), (self.army, 20), (self.dismissed, 20), (self.exception, 8),
                                  (self.grant, 60), (self.grant, 30), (self.spell, 50), (self.spell, 20), (self.injury, 35),
                                  (self.birth, 40), (self.papers, 25), (self.transfer, 10), (self.settlement, 30),
                                  (self.enrolled, 40), (self.bought_years, 15), (self.survivor, 15)):
                if self.often(percent):
                    fact(person)
            for _ in range(self.draw.randrange(5)):
                self.payments(person)
            for _ in range(self.draw.randrange(5)):
                self.bills(person)
            for _ in range(self.draw.randrange(6)):
                self.claim(person)
            for _ in range(self.draw.randrange(3)):
                self.wages(person)
        self.save()

    def again(self, person):
        """The same human under a second person_id, older or newer, with other data."""
        twin = {key: person[key] for key in ("id_no", "sex", "birth_date", "work_start")}
        prefix = self.draw.choice(("A", "Z"))
        self.put("person", person_id=prefix + self.number(), name=self.name(person) or person["name"],
                 **{**twin, "sex": self.draw.choice("12")}, post_class=self.draw.choice(("W", "G", "")),
                 death_date=self.maybe(day_text(self.day()), 30))

    def who(self, person):
        """The person_id of one of the registrations."""
        twins = [row["person_id"] for row in self.written.get("person", []) if row["id_no"] == person["id_no"]]
        return self.draw.choice(twins) if twins and self.often(50) else person["person_id"]

    def death(self, person):
        for _ in range(self.draw.choice((1, 1, 2))):
            day, source = self.day(), self.draw.choice("12345")
            if source == "3":
                self.put("ext_cremation", id_no=person["id_no"], name=self.name(person), cremated_at=f"{day} 10:00:00",
                         recv_at="2018-12-30 08:00:00")
            else:
                self.put("ext_death", source=source, id_no=person["id_no"], name=self.name(person), death_date=day_text(day),
                         death_rank=source, recv_at="2018-12-30 08:00:00")

    def prison(self, person):
        for _ in range(self.draw.choice((1, 1, 2))):
            start = self.day(datetime.date(2017, 9, 1))
            end = start + datetime.timedelta(self.draw.choice((20, 60, 120, 400)))
            self.put("ext_custody", id_no=person["id_no"], name=self.name(person), kind=self.draw.choice("1113456"),
                     start_date=day_text(start), end_date=self.maybe(day_text(end)),
                     actual_release=self.maybe(day_text(end - datetime.timedelta(15)), 20))

    def away(self, person):
        day = self.day(datetime.date(2017, 10, 1))
        for direction in self.draw.choice(("O", "I", "OI", "OIO", "IOI")):
            self.put("ext_exit_entry", id_no=person["id_no"], name=self.name(person), dir=direction, cross_at=f"{day} 12:00:00")
            day += datetime.timedelta(self.draw.choice((1, 30, 89, 90, 91)))
            if day > LAST_DAY:
                break

    def check(self, person):
        for _ in range(self.draw.choice((1, 2))):
            self.put("qualification_check", person_id=self.who(person), channel=self.draw.choice("1223"),
                     checked_at=f"{self.day(datetime.date(2017, 10, 1))} 09:{self.draw.randrange(60):02d}:00",
                     result=self.draw.choice("110"))

    def household(self, person):
        self.put("ext_household", id_no=person["id_no"], name=self.name(person) or "另一人", state=self.draw.choice("2345"),
                 change_date=day_text(self.day()))

    def army(self, person):
        start = self.day(datetime.date(2017, 10, 1))
        self.put("ext_military", id_no=person["id_no"], name=self.name(person), from_date=day_text(start),
                 to_date=self.maybe(day_text(start + datetime.timedelta(self.draw.choice((40, 90, 400))))))

    def dismissed(self, person):
        day = self.day()
        self.put("ext_estab", id_no=person["id_no"], name=self.name(person), month=day.year * 100 + day.month, on_roster=0,
                 dismissal_date=day_text(day))

    def exception(self, person):
        codes = ("EP-01", "EP-03", "EP-05", "GP-06", "UE-01", "UE-07", "MD-02", "CC-06", "CC-08", "WI-01", "EP-12")
        first, second = self.draw.choice((("A", "B"), ("A", "A"), ("A", " B")))
        for code in codes:
            self.put("exception_list", exception_id="ODD" + self.number(), id_no=person["id_no"], model_code=code, doc_no="合成1号",
                     from_date=self.maybe(day_text(self.day()), 50), approver_1=first, approver_2=second,
                     expiry_date=self.draw.choice(("2018-12-31", "2018-12-30", "2019-06-30")))

    def grant(self, person):
        start = self.month()
        special = self.often(15)
        deemed, actual = self.draw.choice((0, 0, 24, 100, 200)), self.draw.choice((10, 150, 179, 180, 240))
        birth = datetime.date.fromisoformat(person["birth_date"])
        retired = datetime.date(start // 100, start % 100, 1) - datetime.timedelta(1)
        if self.often(50):  # around the pension age
            start = self.later((birth.year + self.draw.choice((50, 55, 60))) * 100 + birth.month, self.draw.randrange(-1, 4))
        self.put("benefit_grant", grant_id="ODD" + self.number(), person_id=self.who(person),
                 scheme=self.draw.choice(("110", "110", "110", "120", "170")), start_month=start,
                 grant_month=self.maybe(self.later(start, self.draw.randrange(-1, 4)), 80), retire_date=day_text(retired),
                 retire_kind="3" if special else self.draw.choice(("2", "2", "2", "4", "6", "")),
                 special_type=self.draw.choice(("1", "2", "3", "")) if special else "",
                 special_job_months=self.draw.choice((95, 96, 108, 120, 200)) if special else "", deemed_months=deemed,
                 actual_months=actual, total_months=deemed + actual, acct_setup=self.maybe("1993-01-01", 90),
                 transit_pension=self.draw.choice(("0.00", "333.33", "800.01")), granted_amount="2500.00", avg_index="1.05",
                 deemed_index=self.maybe("1.1", 60), acct_at_retire="40000.00", backpay_months=self.draw.choice((0, 0, 3, 12, 13)),
                 backpay_amount=self.draw.choice(("0.00", "5000.00", "100000.00", "100000.01")))

    def payments(self, person):
        scheme = self.draw.choice(SCHEMES)
        item, month = self.draw.choice(ITEMS[scheme]), self.month()
        amount = self.draw.choice((50000, 50000, 90000, 312345))
        for step in range(1 if item in ONE_OFF else self.draw.choice((1, 2, 6))):
            of = self.later(month, step)
            if of > 201812:
                break
            row = dict(person_id=self.who(person), scheme=scheme, settle_month=of, benefit_month=of, item=item,
                       pay_kind="1" if item in ONE_OFF else self.draw.choice("0001"), op_date=day_text(self.day()))
            kind = self.draw.randrange(10)
            self.put("benefit_payment", pay_id="ODD" + self.number(), amount=f"{amount / 100:.2f}", result="2" if kind == 0 else "1",
                     **row)
            if kind == 1:
                self.put("benefit_payment", pay_id="ODD" + self.number(), amount=f"-{amount / 100:.2f}", result="1", **row)

    def bills(self, person):
        scheme, month, payer = self.draw.choice(("110", "110", "210", "410", "170")), self.month((2017, 6), 18), self.draw.choice(self.payers)
        for step in range(self.draw.choice((1, 2, 8))):
            of = self.later(month, step)
            if of > 201812:
                break
            kind = self.draw.choice(("10", "10", "10", "20", "31", "32", "34"))
            self.put("contrib_person", settle_no="ODD" + self.number(), person_id=self.who(person), employer_id=payer, scheme=scheme,
                     settle_month=self.maybe(self.later(of, self.draw.randrange(4)), 90), due_month=of, levy_type=kind,
                     base=self.draw.choice(("1000.00", "5000.00", "30000.00")), unit_due="950.00", person_due="400.00",
                     person_paid="400.00", to_acct="400.00", sub_city=self.maybe("60.00", 50), full_flag=self.draw.choice((1, 1, 1, 0)),
                     arrive_date=self.maybe(day_text(self.day())), doc_basis=self.draw.choice(("", "1", "2", "3", "5", "9")),
                     doc_no=self.maybe("合成2号", 50))

    def bought_years(self, person):
        months, settled = self.draw.choice((35, 36, 40)), self.month()
        for step in range(months):
            self.put("contrib_person", settle_no="ODD" + self.number(), person_id=person["person_id"], employer_id="E00000004",
                     scheme="110", settle_month=settled, due_month=self.later(201301, step), levy_type="32", base="3000.00",
                     unit_due="600.00", person_due="240.00", person_paid="240.00", to_acct="240.00", full_flag=1,
                     doc_basis=self.draw.choice(("1", "4", "5", "9", "")), doc_no=self.maybe("合成3号", 50))

    def claim(self, person):
        admit = self.day()
        stay = self.often(55)
        number = "ODD" + self.number()
        self.put("medical_claim", claim_id=number, person_id=self.who(person), scheme=self.draw.choice(("310", "390")),
                 inst_id=self.draw.choice(self.insts), kind=self.draw.choice(("21", "24", "52")) if stay else self.draw.choice(("11", "41")),
                 admit_date=day_text(admit),
                 discharge_date=self.maybe(day_text(admit + datetime.timedelta(self.draw.choice((0, 1, 10, 40, 90)))), 90) if stay else "",
                 discharge_state=self.draw.choice("11115") if stay else "", dx_code=self.draw.choice(("I63.9", "I63.2", "C50", "N18", "")),
                 total=self.draw.choice(("0.00", "1000.00", "9999.99")), pool_pay="333.33", settle_date=self.maybe(day_text(admit), 80),
                 manual_flag=self.draw.choice((0, 1, "")), invoice_no=self.maybe("合成票" + str(self.draw.randrange(3)), 60),
                 reversed_flag=self.draw.choice((0, 0, 0, 1, "")))
        for item in range(self.draw.randrange(3)):
            self.put("medical_item", claim_id=number, item_no=item, item_code=self.draw.choice(("X00400", "X00401")),
                     cat=self.draw.choice(("09", "02")), qty=1, price="19.99", amount="19.99", used_at=self.maybe(f"{admit} 10:00:00", 60),
                     days_supply=self.draw.choice((0, 45, 60, 90, "")))

    def spell(self, person):
        leave = self.day(datetime.date(2017, 9, 1), datetime.date(2018, 9, 30))
        start = self.later(leave.year * 100 + leave.month, self.draw.choice((0, 1, 1, 3)))
        self.put("unemp_spell", spell_id="ODD" + self.number(), person_id=self.who(person), last_employer_id=self.draw.choice(self.payers),
                 leave_date=day_text(leave), paid_months_before=self.draw.choice((0, 11, 12, 60, 120, "")),
                 entitled_months=self.draw.choice((2, 3, 12, "")), carried_months=self.draw.choice((0, 2, "")), start_month=start,
                 end_month=self.maybe(self.later(start, self.draw.randrange(6)), 50))

    def injury(self, person):
        self.put("injury_case", case_id="ODD" + self.number(), person_id=self.who(person), employer_id=self.draw.choice(self.payers),
                 accident_date=day_text(self.day()), grade=self.draw.choice((1, 4, 5, 7, 10, "")),
                 own_wage=self.draw.choice(("2000.00", "6000.00", "60000.00", "")))

    def birth(self, person):
        day = self.day()
        for _ in range(self.draw.choice((1, 2))):
            self.put("maternity_claim", claim_id="ODD" + self.number(), person_id=self.who(person), event=self.draw.choice("1112"),
                     event_date=day_text(day), allowance=self.maybe("5000.00"), med_amount=self.maybe("2000.00"),
                     spouse_flag=self.draw.choice((0, 1, "")))
            day += datetime.timedelta(self.draw.choice((0, 209, 210)))

    def papers(self, person):
        case = "ODD" + self.number()
        self.put("biz_case", case_id=case, biz_type=self.draw.choice(("PEN", "SUP", "DTH", "CHG")), person_id=self.who(person),
                 accepted_at="2018-03-01 09:00:00")
        self.put("archive_file", archive_id=case, case_id=case, category=self.draw.choice(("04", "18", "18")),
                 title=self.draw.choice(("出生日期认定表", "其他")), file_hash=case)

    def transfer(self, person):
        self.put("transfer", person_id=self.who(person), scheme=self.draw.choice(("110", "310")), dir=self.draw.choice("12"),
                 other_region="129999")

    def settlement(self, person):
        self.put("death_settlement", person_id=self.who(person), death_date=self.maybe(day_text(self.day()), 85))

    def survivor(self, person):
        self.put("survivor", case_id="ODD" + self.number(), id_no=person["id_no"], relation="1", from_month=201801)

    def enrolled(self, person):
        start = self.day(datetime.date(2016, 9, 1))
        end = start + datetime.timedelta(self.draw.choice((30, 200, 600)))
        for scheme in self.draw.sample(("110", "120", "210", "410"), 2):
            self.put("enrolment", person_id=self.who(person), employer_id=self.draw.choice(self.payers), scheme=scheme,
                     first_month=self.maybe(start.year * 100 + start.month, 90), enrol_status="1", start_date=day_text(start),
                     end_date=self.maybe(day_text(end), 50), op_date=self.maybe(day_text(start), 70))

    def wages(self, person):
        month, payer = self.month((2017, 10), 15), self.draw.choice(("91129905000002137M", "911299050000014575"))
        for step in range(self.draw.choice((1, 2, 6))):
            if self.later(month, step) <= 201812:
                self.put("ext_tax_wage", id_no=person["id_no"], name=self.name(person), uscc=payer, month=self.later(month, step),
                         wage=self.draw.choice(("999.99", "1000.00", "5000.00")))


def heap_odd_facts(city, seed):
    """Adds files to the city's folder; the same for the same seed."""
    OddFacts(city, seed).make()
