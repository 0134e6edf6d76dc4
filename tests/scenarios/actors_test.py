"""Who works here: the first administrator, accounts, posts given by one and approved by another, and what the journal keeps of it."""

import datetime
import json
import os
import re
import stat
import subprocess
import unittest

from anlan import DONE, FAILED, WRONG_USE, Scenario, anlan, id_number

PASSWORD = re.compile(r"^([a-z2-9]{4}-){3}[a-z2-9]{4}$")
ADMINISTRATOR, SECOND, CLERK = id_number(1), id_number(2), id_number(3)


def day(offset):
    """A day of China, as the program counts them."""
    today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date()
    return (today + datetime.timedelta(days=offset)).isoformat()


class Actors(Scenario):
    """The same promises on the desk that SQLite keeps and on the one that PostgreSQL keeps."""

    desk = ()  # options of init

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workspace = cls.folder / "workspace"
        cls.init = json.loads(cls.ran("init", cls.workspace, *cls.desk, "--json").out)
        cls.actor("identify", "admin", "--id-no", ADMINISTRATOR, "--name", "管理甲")
        cls.add("second", SECOND, "bureau")
        cls.add("clerk", CLERK, "d01-agency")

    @classmethod
    def actor(cls, verb, *words, **how):
        return cls.ran("actor", verb, cls.workspace, *words, **how)

    @classmethod
    def json(cls, verb, *words):
        return json.loads(cls.actor(verb, *words, "--json").out)

    @classmethod
    def add(cls, login, number, organisation, *options):
        return cls.json("add", login, "--name", "某某", "--id-no", number, "--organisation", organisation, *options)

    def refused(self, code, verb, *words):
        ended = self.actor(verb, *words, code=FAILED)
        self.assertIn(f"[{code}]", ended.err)
        for number in (ADMINISTRATOR, SECOND, CLERK):
            self.assertNotIn(number, ended.out + ended.err)
        return ended

    def entries(self):
        tail = json.loads(self.ran("journal", "tail", self.workspace, "-n", 1000, "--json").out)
        return [one["entry"] for one in tail]

    def acts(self, name):
        return [one for one in self.entries() if one["act"] == name]

    def test_init_tells_the_first_password_once_and_keeps_it_nowhere(self):
        first = self.init["administrator"]
        self.assertEqual(first["login"], "admin")
        self.assertRegex(first["one_time_password"], PASSWORD)
        self.assertEqual(stat.S_IMODE((self.workspace / "desk.key").stat().st_mode), 0o600)
        for path in self.workspace.rglob("*"):
            if path.is_file():
                self.assertNotIn(first["one_time_password"].encode(), path.read_bytes(), path)
        ended = anlan("init", self.folder / "in-words")
        self.assertRegex(ended.out, r"first administrator admin +one-time password [a-z2-9-]{19}\n")

    def test_a_new_authority_has_its_districts_and_agencies(self):
        tree = self.json("organisations")
        self.assertEqual(sum(one["kind"] == "district" for one in tree), 16)
        self.assertIsNone(tree[0]["parent"])
        self.assertEqual({one["side"] for one in tree}, {"policy", "handling", "information", "supervision"})
        self.assertEqual(self.json("organisations", "--import", "standard"), {"added": 0})

    def test_names_and_numbers_are_masked_until_revealed_with_a_reason(self):
        page = self.json("show", "clerk")
        self.assertEqual(page["name"], "某**")
        self.assertEqual(page["id_no"], CLERK[:6] + "*" * 8 + CLERK[-4:])
        self.assertNotIn(CLERK, self.actor("list").out + self.actor("show", "clerk").out)
        self.actor("reveal", "clerk", "id_no", code=WRONG_USE)
        self.refused("access.reason", "reveal", "clerk", "id_no", "--reason", " ")
        before = len(self.acts("person.revealed"))
        self.assertEqual(self.actor("reveal", "clerk", "id_no", "--reason", "核对身份").out.strip(), CLERK)
        entry = self.acts("person.revealed")[before:]
        self.assertEqual([one["refs"]["field"] for one in entry], ["id_no"])
        # No number lies anywhere in the clear, and no reason among what is committed.
        for path in self.workspace.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                self.assertNotIn(CLERK.encode(), content, path)
                if "public" in path.parts:
                    self.assertNotIn("核对身份".encode(), content, path)

    def test_one_number_is_one_person_with_however_many_accounts(self):
        again = self.add("clerk2", CLERK, "d02-agency")
        self.assertRegex(again["one_time_password"], PASSWORD)
        self.assertEqual(self.json("show", "clerk2")["person_id"], self.json("show", "clerk")["person_id"])
        self.refused("access.login_taken", "add", "CLERK", "--name", "某", "--id-no", CLERK, "--organisation", "d01")
        self.refused("access.no_organisation", "add", "new", "--name", "某", "--id-no", id_number(9), "--organisation", "d99")
        self.refused("id_no.malformed", "add", "new", "--name", "某", "--id-no", "123", "--organisation", "d01")

    def test_an_id_number_may_come_by_the_input(self):
        subprocess.run([os.environ.get("ANLAN") or "anlan", "actor", "add", self.workspace, "quiet", "--name", "某", "--id-no", "-",
                        "--organisation", "d03-agency"], input=id_number(30).encode() + b"\n", check=True, capture_output=True)
        self.assertTrue(self.json("show", "quiet")["id_no"].endswith(id_number(30)[-4:]))

    def test_posts_are_given_by_one_and_approved_by_a_third(self):
        self.add("approved", id_number(11), "d01-agency")
        self.refused("access.own_approval", "grant", "approved", "SL", "--approved-by", "approved")
        self.refused("access.no_account", "grant", "approved", "SL", "--approved-by", "nobody")
        given = self.json("grant", "approved", "SL", "--approved-by", "second")
        self.refused("access.held_already", "grant", "approved", "SL", "--approved-by", "second")
        posts = self.json("show", "approved")["posts"]
        self.assertEqual([(one["id"], one["post"], one["organisation"]) for one in posts],
                         [(given["id"], "SL", "d01-agency")])
        self.assertRegex(posts[0]["approved_by"], r"^account:\d+$")
        self.actor("revoke", given["id"])
        self.assertEqual(self.json("show", "approved")["posts"], [])
        self.refused("access.ended_already", "revoke", given["id"])
        subject = f"holding:{given['id']}"
        self.assertEqual([one["act"] for one in self.entries() if one.get("subject") == subject],
                         ["post.granted", "post.revoked"])

    def test_cover_is_for_thirty_days_at_most(self):
        self.add("away", id_number(12), "d02-agency")
        self.add("covering", id_number(13), "d02-agency")
        self.json("grant", "away", "FH", "--approved-by", "second")
        how = ("covering", "FH", "--instead-of", "away", "--approved-by", "second", "--from", day(1), "--until")
        self.refused("access.cover_too_long", "cover", *how, day(31))
        given = self.json("cover", *how, day(30))
        self.assertEqual(self.json("show", "covering")["posts"], [])  # it begins tomorrow
        self.refused("access.nobody_to_cover", "cover", "covering", "SP", "--instead-of", "away", "--approved-by", "second",
                     "--until", day(3))
        self.actor("revoke", given["id"], "--cover")

    def test_accounts_are_disabled_and_enabled(self):
        self.actor("disable", "clerk")
        self.assertTrue(self.json("show", "clerk")["disabled"])
        self.actor("enable", "clerk")
        self.assertFalse(self.json("show", "clerk")["disabled"])
        self.assertRegex(self.json("password", "clerk")["one_time_password"], PASSWORD)
        self.actor("unlock", "clerk")
        self.assertEqual(self.json("sessions", "clerk"), [])
        acts = [one["act"] for one in self.entries()]
        for act in ("account.added", "account.disabled", "account.enabled", "password.issued", "account.unlocked"):
            self.assertIn(act, acts)

    def test_a_token_is_told_once_and_ends(self):
        made = self.json("token", "clerk", "--name", "夜间导出", "--scope", "lead_read", "--until", day(10))
        self.assertRegex(made["token"], r"^anlan_[0-9a-f]{64}$")
        (listed,) = [one for one in self.json("tokens") if one["login"] == "clerk" and one["ended"] is None]
        self.assertEqual(listed["scopes"], ["lead_read"])
        self.assertNotIn(made["token"], json.dumps(self.json("tokens")))
        self.actor("tokens", "--end", listed["id"])
        self.refused("access.ended_already", "tokens", "--end", listed["id"])
        self.refused("access.token", "token", "clerk", "--name", "x", "--scope", "lead_read", "--until", day(400))

    def test_kin_are_declared(self):
        self.actor("kin", "clerk", "spouse", "--id-no", id_number(77))
        self.refused("access.relation", "kin", "clerk", "friend", "--id-no", id_number(78))
        self.assertEqual(self.acts("kin.declared")[-1]["refs"], self.acts("kin.declared")[-1]["refs"] | {"relation": "spouse"})

    def test_the_journal_that_tells_all_this_is_sound_and_names_nobody(self):
        self.ran("journal", "verify", self.workspace)
        for entry in self.entries():
            text = json.dumps(entry, ensure_ascii=False)
            for word in ("clerk", "某某", "管理甲"):
                self.assertNotIn(word, text)


class OnPostgres(Actors):
    @classmethod
    def setUpClass(cls):
        server = os.environ.get("ANLAN_TEST_POSTGRES")
        if not server:
            raise unittest.SkipTest("no PostgreSQL: ANLAN_TEST_POSTGRES is not set")
        name = f"anlan_actors_{os.getpid()}"
        psql = ["psql", "-X", "-q", "-d", server, "-c"]
        subprocess.run([*psql, f"CREATE DATABASE {name}"], check=True)
        cls.addClassCleanup(subprocess.run, [*psql, f"DROP DATABASE {name} WITH (FORCE)"], check=True)
        cls.desk = ("--desk", server.rsplit("/", 1)[0] + "/" + name)
        super().setUpClass()


class OlderWorkspace(Scenario):
    def test_gets_a_desk_when_it_is_first_needed(self):
        workspace = self.new_workspace("older").folder
        for name in ("desk.db", "desk.db-wal", "desk.db-shm", "desk.key"):
            (workspace / name).unlink(missing_ok=True)
        listed = self.ran("actor", "list", workspace, "--json")
        self.assertEqual([one["login"] for one in json.loads(listed.out)], ["admin"])
        self.assertRegex(listed.err, r"first administrator admin +one-time password [a-z2-9-]{19}\n")
        self.assertEqual(self.ran("actor", "list", workspace).err, "")

    def test_a_lost_key_is_not_replaced_by_another(self):
        workspace = self.new_workspace("lost").folder
        (workspace / "desk.key").unlink()
        ended = anlan("actor", "list", workspace)
        self.assertEqual(ended.code, FAILED)
        self.assertIn("[access.key_missing]", ended.err)
        self.assertFalse((workspace / "desk.key").exists())


if __name__ == "__main__":
    unittest.main()
