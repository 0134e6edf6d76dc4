"""The house in order: one test per rule, each naming the offending files."""

import os
import pathlib
import re
import subprocess
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]

# docs/architecture.md, "Ranks": a folder includes folders of lower rank only.
RANKS = {
    "base": 0, "fund": 1, "catalog": 2, "documents": 2, "lake": 3, "store": 3, "journal": 4, "access": 5, "files": 5, "ingest": 4, "dossier": 4,
    "sim": 4, "rules": 5, "link": 5, "rings": 5, "detect": 6, "decide": 6, "duties": 6, "leads": 7, "cases": 8, "jobs": 8, "ledger": 8,
    "tickets": 8, "inspect": 8, "outlook": 9, "referral": 9, "reports": 9, "server": 10, "app": 11,
}
FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "helper", "misc", "stuff", "manager"}
LARGEST_BYTES = 400_000
LARGE_ON_PURPOSE = re.compile(r"^docs/(tables\.md|pictures/.*\.png)$")


def tracked():
    out = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True,
                         capture_output=True).stdout.decode()
    return [name for name in out.split("\0") if name and (ROOT / name).is_file()]


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


class Tidy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.files = tracked()
        cls.sources = [f for f in cls.files if f.endswith((".cpp", ".hpp"))]

    def assert_none(self, problems):
        self.assertFalse(problems, "\n" + "\n".join(problems))

    def test_no_include_points_up_or_sideways(self):
        problems = []
        for name in self.sources:
            parts = pathlib.PurePath(name).parts
            own = parts[1] if parts[0] == "src" else parts[0]
            if own not in RANKS:
                continue
            for line, words in enumerate(text_of(name).splitlines(), 1):
                found = re.match(r'\s*#include "([a-z_]+)/', words)
                if not found or found[1] == own:
                    continue
                if found[1] not in RANKS:
                    problems.append(f"{name}:{line}: no folder {found[1]}")
                elif RANKS[found[1]] >= RANKS[own]:
                    problems.append(f"{name}:{line}: {own} may not include {found[1]}")
        self.assert_none(problems)

    def test_every_source_folder_is_ranked_and_explains_itself(self):
        problems = []
        folders = sorted({str(pathlib.PurePath(f).parent) for f in self.files
                          if re.match(r"^(src/\w+|sim|bench|tests/\w+|catalog/\w+)/[^/]+$", f)})
        for folder in folders:
            if folder.startswith("src/") and folder.split("/")[1] not in RANKS:
                problems.append(f"{folder}: has no rank")
            readme = ROOT / folder / "README.md"
            if not readme.exists():
                problems.append(f"{folder}: no README.md")
            elif folder.startswith("src/") and len(readme.read_text().splitlines()) > 60:
                problems.append(f"{folder}/README.md: longer than one screen")
        self.assert_none(problems)

    def test_one_function_records_a_decision(self):
        # Maker is never checker, by construction: docs/decisions/0008-maker-is-never-checker.md.
        writes = re.compile(r"(INSERT INTO|UPDATE|DELETE FROM) matter_decision")
        found = {name for name in self.sources if not name.endswith("_test.cpp") and writes.search(text_of(name))}
        self.assertEqual(found, {"src/duties/approve.cpp"})

    def test_no_forbidden_names(self):
        problems = []
        for name in self.files:
            for part in pathlib.PurePath(name).parts:
                if part.split(".")[0].lower() in FORBIDDEN_NAMES:
                    problems.append(name)
        self.assert_none(problems)

    def test_no_stray_large_or_binary_file(self):
        problems = []
        for name in self.files:
            size = (ROOT / name).stat().st_size
            if size > LARGEST_BYTES and not LARGE_ON_PURPOSE.match(name):
                problems.append(f"{name}: {size} bytes")
            if b"\0" in (ROOT / name).read_bytes()[:4096] and not name.endswith(".png"):
                problems.append(f"{name}: binary")
        self.assert_none(problems)

    def test_every_yaml_loads_and_no_key_stands_twice(self):
        class Strict(yaml.SafeLoader):
            pass

        def mapping(loader, node, deep=False):
            seen = set()
            for key, _ in node.value:
                word = loader.construct_object(key, deep=deep)
                if word in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"key {word} twice", key.start_mark)
                seen.add(word)
            return yaml.SafeLoader.construct_mapping(loader, node, deep)

        Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
        problems = []
        for name in self.files:
            if name.endswith((".yaml", ".yml")):
                try:
                    yaml.load(text_of(name), Strict)
                except yaml.YAMLError as error:
                    problems.append(f"{name}: {error}")
        self.assert_none(problems)

    def test_the_catalog_passes_its_own_loader(self):
        done = subprocess.run([os.environ["ANLAN"], "tables", "list"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_shell_scripts_are_strict_and_clean(self):
        scripts = [f for f in self.files if f.endswith(".sh") or text_of(f).startswith("#!/usr/bin/env bash")]
        self.assertIn("dev", scripts)
        for name in scripts:
            self.assertIn("set -euo pipefail", text_of(name), name)
        done = subprocess.run(["shellcheck", *scripts], cwd=ROOT, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_cpp_is_formatted(self):
        done = subprocess.run(["clang-format", "--dry-run", "-Werror", *self.sources], cwd=ROOT, capture_output=True,
                              text=True)
        self.assertEqual(done.returncode, 0, done.stderr[:3000])

    def test_nothing_unfinished_and_no_machine_is_named(self):
        # The patterns are put together here so that this file does not match itself.
        words = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX:", "/ro" + "ot/", "/ho" + "me/", "/wo" + "rk/",
                                     "registry" + r"\.npmjs", "not " + "implemented"]))
        problems = []
        for name in self.files:
            if name.endswith((".png", "package-lock.json")):
                continue
            for line, text in enumerate(text_of(name).splitlines(), 1):
                if words.search(text):
                    problems.append(f"{name}:{line}: {text.strip()[:120]}")
        self.assert_none(problems)

    def test_every_id_number_is_plainly_synthetic(self):
        # The samples printed in the standards, and numbers of the reserved region 1299xx only.
        samples = {"11010519491231002X"}
        weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
        problems = []
        for name in self.files:
            for number in re.findall(r"(?<![0-9A-Za-z])([1-9]\d{5}(?:19|20)\d{9}[\dXx])(?![0-9A-Za-z])", text_of(name)):
                check = "10X98765432"[sum(int(d) * w for d, w in zip(number, weights)) % 11]
                if check == number[17].upper() and number.upper() not in samples and not number.startswith("1299"):
                    problems.append(f"{name}: a valid ID number outside the reserved region 1299xx")
        self.assert_none(problems)


if __name__ == "__main__":
    unittest.main()
