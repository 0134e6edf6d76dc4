"""Rounds of work under faults: each has a log of its own, some lives of the program that works on it, and after each life
the questions that must have the right answers whatever happened."""

import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import threading

import disk

LIVES = 3
# At which sizes a round's log starts: nothing, a bundle about to be full, a tile of the second level about to be full.
SIZES = (0, 0, 0, 3, 250, 250, 250, 500, 65_500)
SUITES = ("sha256-ed25519", "sha256-ed25519", "sha256-ed25519", "sm3-sm2")
KINDS = ("eio", "full", "short", "tear", "kill", "killafter", "lie", "clock")


class Broken(Exception):
    """A promise that did not hold."""


class Tally:
    def __init__(self):
        self.rounds = self.lives = self.acknowledged = self.refused = self.erased = self.cuts = self.kills = 0
        self.lied_away = self.damage_after_lies = 0
        self.faults = {kind: 0 for kind in KINDS}

    def __str__(self):
        faults = " ".join(f"{kind}={count}" for kind, count in self.faults.items())
        return (f"{self.rounds} rounds, {self.lives} lives: {self.acknowledged} acts acknowledged, {self.refused} refused, "
                f"{self.erased} erased; 0 acknowledged acts lost, 0 half-done\n"
                f"ended by kill -9: {self.kills}, by a power cut: {self.cuts}; faults met: {faults}\n"
                f"by disks that lie about a sync: {self.lied_away} acts gone, {self.damage_after_lies} times damage, each named")


class Bench:
    """Programs and templates that rounds share."""

    def __init__(self, build, folder):
        self.workload = build / "bin" / "anlan_workload"
        self.desk_workload = build / "bin" / "anlan_desk_workload"
        self.shim = build / "bin" / "anlan_faults.so"
        self.folder = folder
        self.templates = {}

    def template(self, size, suite):
        if (size, suite) not in self.templates:
            made = self.folder / f"template-{suite}-{size}"
            subprocess.run([self.workload, "make", made, suite], check=True)
            if size:
                subprocess.run([self.workload, "run", made, "before", "1", "1", str(size), "5000"], check=True,
                               stdout=subprocess.DEVNULL)
            self.templates[size, suite] = made
        return self.templates[size, suite]

    def desk_template(self):
        if "desk" not in self.templates:
            self.templates["desk"] = self.folder / "template-desk"
            subprocess.run([self.desk_workload, "make", self.templates["desk"]], check=True)
        return self.templates["desk"]


class Round:
    def __init__(self, bench, seed, number, tally):
        self.bench, self.tally = bench, tally
        self.chance = random.Random(f"{seed}/{number}")
        self.folder = bench.folder / f"round-{number}"
        self.log = self.folder / "log"
        self.acknowledged, self.refused, self.erased, self.checkpoints = {}, set(), set(), []
        self.tried = set()
        self.disk = None  # all that happened since the last power cut
        self.lie_met = self.lied = False
        self.said = []  # what a failure tells

    def begin(self):
        size = self.chance.choice(SIZES)
        suite = self.chance.choice(SUITES) if size < 1000 else SUITES[0]
        shutil.copytree(self.bench.template(size, suite), self.log)
        self.said.append(f"a log of {size} entries, {suite}")
        self.already = size

    def run(self):
        self.folder.mkdir()
        self.begin()
        for life in range(LIVES):
            self.live(life)
            if not self.check():
                break
        self.tally.rounds += 1
        shutil.rmtree(self.folder)

    def plan(self):
        """Some faults, most of them early: a short life sees few changes."""
        plan = []
        for _ in range(self.chance.choice((0, 1, 1, 2, 3))):
            kind = self.chance.choice(KINDS)
            at = int(2 ** self.chance.uniform(0, 9))
            argument = {"full": self.chance.choice((1, 2, 5, 30)), "short": self.chance.randint(0, 999),
                        "tear": self.chance.randint(0, 1000),
                        "clock": self.chance.choice((-1, -1000, -86_400_000, 5000))}.get(kind)
            plan.append(f"{at}:{kind}" + ("" if argument is None else f":{argument}"))
        return plan

    def live(self, life):
        """One life of the program, and what it leaves."""
        plan = self.plan()
        threads = self.chance.choice((1, 1, 2, 4, 8))
        acts, group_most = self.chance.choice(((3, 5), (10, 5), (40, 5), (120, 5)))
        if self.chance.random() < 0.05:  # so many at once that the whole file system is synced for them
            threads, acts, group_most = 1, 6000, 6000
        seed = self.chance.randrange(1 << 30)
        killed_after = self.chance.choice((None, None, self.chance.uniform(0, 0.15)))
        cut = self.chance.random() < 0.6
        before, trace = self.folder / "before", self.folder / "trace"
        if self.disk is None:
            shutil.rmtree(before, ignore_errors=True)
            shutil.copytree(self.log, before)
            self.disk = disk.Disk(self.log, before)
        told = f"life {life}: {threads} threads, {acts} acts each, seed {seed}, faults {';'.join(plan) or '-'}"
        environment = {**os.environ, "LD_PRELOAD": str(self.bench.shim), "ANLAN_FAULTS_ROOT": str(self.log),
                       "ANLAN_FAULTS_TRACE": str(trace), "ANLAN_FAULTS": ";".join(plan)}
        program = subprocess.Popen(self.command(f"L{life}", str(seed), str(threads), str(acts), str(group_most)),
                                   env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        timer = threading.Timer(killed_after, program.kill) if killed_after is not None else None
        if timer:
            timer.start()
        out, _ = program.communicate()
        if timer:
            timer.cancel()
        self.heard(out.decode(), life, threads, acts)
        seen = trace.read_bytes() if trace.exists() else b""
        met = disk.faults_in(seen)
        for kind in set(met):
            self.tally.faults[kind] += met.count(kind) if kind != "full" else 1
        ended = {0: "ended", 3: "stopped", 4: "did not open", -9: "killed"}.get(program.returncode)
        self.said.append(f"{told}; met {','.join(met) or '-'}; {ended}; {'power cut' if cut else 'power stays'}")
        if ended is None:
            raise Broken(f"the program ended with {program.returncode}")
        if ended == "did not open" and not {"eio", "full"} & set(met):
            raise Broken(f"the program did not open the log: {out.decode()}")
        self.tally.lives += 1
        self.tally.kills += ended == "killed"
        # What a killed process left in memory only, the next one finds, and a later power cut may take it yet.
        self.lie_met = self.lie_met or "lie" in met
        self.disk.follow(seen)
        if not cut:
            self.disk.adjust()
            return
        self.tally.cuts += 1
        self.lied = self.lie_met
        after = self.folder / "after"
        self.disk.cut(self.chance, after)
        shutil.rmtree(self.log)
        after.rename(self.log)
        self.disk = None

    def command(self, *words):
        return [self.bench.workload, "run", self.log, *words]

    def heard(self, out, life, threads, acts):
        self.tried.update(f"L{life}-{thread}-{number}" for thread in range(threads) for number in range(acts))
        for line in out.split("\n")[:-1]:  # a last line without its end was never said
            word, *rest = line.split(" ")
            if word == "ack":
                self.acknowledged[rest[0]] = int(rest[1]) if len(rest) > 1 else None
                self.tally.acknowledged += 1
            elif word == "refused":
                self.tally.refused += 1
                if rest[1] != "journal.stopped":
                    self.refused.add(rest[0])
            elif word == "erased":
                self.erased.add(int(rest[0]))
                self.tally.erased += 1
            elif word == "published":
                self.checkpoints = [*self.checkpoints[-3:], rest[0]]
            elif word == "opened" and rest and int(rest[0]) < max(self.acknowledged.values(), default=-1) + 1:
                raise Broken(f"opened with {rest[0]} entries, fewer than were acknowledged")

    def check(self):
        """False: a lying disk took something away, so this log's round is over."""
        # On a copy: the check opens the log, which mends it, and the next life is to find it as it is.
        checked = self.folder / "checked"
        shutil.rmtree(checked, ignore_errors=True)
        shutil.copytree(self.log, checked)
        done = subprocess.run([self.bench.workload, "check", checked, str(self.already), *self.checkpoints], capture_output=True, text=True)
        lines = done.stdout.split("\n")
        bad = [line for line in lines if line.startswith("bad ")]
        if done.returncode not in (0, 4):
            raise Broken(f"the check ended with {done.returncode}: {done.stderr}")
        if bad and not self.lied:
            raise Broken("; ".join(bad))
        if bad:
            # The disk lost what it had promised. It is enough that this is said.
            self.tally.damage_after_lies += 1
            return False
        entries, states = {}, {}
        for line in lines:
            word, *rest = line.split(" ")
            if word == "entry":
                index, subject, state = int(rest[0]), rest[1].removeprefix("act:"), rest[2]
                states[index] = state
                if subject in entries:
                    raise Broken(f"{subject} is there twice, at {entries[subject]} and {index}")
                if subject.startswith("L"):
                    entries[subject] = index
        lost = [name for name, index in self.acknowledged.items() if entries.get(name) != index]
        if lost and self.lied:
            self.tally.lied_away += len(lost)
            return False
        if lost:
            raise Broken(f"{len(lost)} acknowledged acts are lost or moved, first {lost[0]}")
        refused = self.refused & entries.keys()
        if refused:
            raise Broken(f"{len(refused)} refused acts are there all the same, first {sorted(refused)[0]}")
        if not entries.keys() <= self.tried:
            raise Broken(f"acts nobody did: {sorted(entries.keys() - self.tried)[:3]}")
        back = [index for index in self.erased if states.get(index) != "erased"]
        if back and not self.lied:
            raise Broken(f"the personal part of entry {back[0]} is back")
        return not back


class DeskRound(Round):
    """The same on a desk database whose acts reach the journal through its outbox."""

    def begin(self):
        shutil.copytree(self.bench.desk_template(), self.log)
        self.said.append("a desk")

    def command(self, label, seed, threads, acts, _):
        return [self.bench.desk_workload, "run", self.log, label, seed, threads, str(min(int(acts), 120))]

    def check(self):
        checked = self.folder / "checked"
        shutil.rmtree(checked, ignore_errors=True)
        shutil.copytree(self.log, checked)
        done = subprocess.run([self.bench.desk_workload, "check", checked], capture_output=True, text=True)
        said = [line.split(" ", 1) for line in done.stdout.splitlines()]
        bad = [line for line in done.stdout.splitlines() if line.startswith("bad ")]
        if bad and self.lied:
            self.tally.damage_after_lies += 1
            return False
        if bad or said[-1:] != [["end"]]:
            raise Broken("; ".join(bad) or f"the check ended with {done.returncode}: {done.stderr}")
        changes = [rest[0].removeprefix("change:") for word, *rest in said if word == "change"]
        entries = [rest[0].removeprefix("change:") for word, *rest in said if word == "entry" and rest[0].startswith("change:")]
        twice = {name for name in entries if entries.count(name) > 1} if len(set(entries)) < len(entries) else set()
        half = set(changes) ^ set(entries)
        if (half or twice) and self.lied:
            self.tally.damage_after_lies += 1
            return False
        if twice:
            raise Broken(f"{len(twice)} changes have two entries, first {sorted(twice)[0]}")
        if half:
            first = sorted(half)[0]
            raise Broken(f"{len(half)} changes without entry or entries without change, first {first}, "
                         f"which is {'a change' if first in changes else 'an entry'}")
        lost = self.acknowledged.keys() - set(changes)
        if lost and self.lied:
            self.tally.lied_away += len(lost)
            return False
        if lost:
            raise Broken(f"{len(lost)} acknowledged changes are lost, first {sorted(lost)[0]}")
        if not set(changes) <= self.tried:
            raise Broken(f"changes nobody made: {sorted(set(changes) - self.tried)[:3]}")
        return True


def memory():
    """Memory is as good as a disk here, since power cuts are made from the trace, and many times faster."""
    shared = pathlib.Path("/dev/shm")
    return shared if os.access(shared, os.W_OK) else None


def run(build, seed, numbers, say=print):
    """Runs those rounds; what was met, or Broken with all that is needed to see it again."""
    tally = Tally()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="anlan-faults-", dir=memory()))
    bench = Bench(build, folder)
    for number in numbers:
        one = (DeskRound if number % 3 == 2 else Round)(bench, seed, number, tally)
        try:
            one.run()
        except Broken as broken:
            story = "\n  ".join(one.said)
            raise Broken(f"round {number}: {broken}\n  {story}\n  kept in {one.folder}\n"
                         f"  again: tests/faults/run --build {build} --seed {seed} --round {number}") from None
        if numbers[-1] != number and (number + 1) % 100 == 0:
            say(f"{number + 1} rounds …", flush=True)
    shutil.rmtree(folder)
    return tally
