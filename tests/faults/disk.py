"""What a power cut leaves of a folder, from the folder as it was before, the trace of what shim.cpp saw, and chance.

Stricter than any one file system, and no stricter than POSIX: what a file holds is sure only after its own sync, name
changes in a folder only after that folder's. Of what is not sure, any sector of a file may be the old or the new one, a
file may have its old size, its new one or one between, and of a folder's last changes any number is missing. After a sync
that failed, what it should have made sure stays unsure for ever, as in the kernel, which forgets that it was not written.
"""

import os
import pathlib
import shutil
import struct

HEAD = struct.Struct("<IIQiIII")
OPEN, WRITE, TRUNCATE, SYNC_BEGIN, SYNC_END, RENAME, REMOVE, FOLDER, FAULT = range(1, 10)
CREATED, EMPTIED = 1, 2
EVERYTHING = object()


def records(trace):
    """Every whole record: kind, handle, number, flags, path, path2, data. The process may have died within the last one."""
    at = 0
    while at + HEAD.size <= len(trace):
        kind, handle, number, flags, path, path2, data = HEAD.unpack_from(trace, at)
        at += HEAD.size
        if at + path + path2 + data > len(trace):
            return
        yield (kind, handle, number, flags, os.fsdecode(trace[at:at + path]),
               os.fsdecode(trace[at + path:at + path + path2]), trace[at + path + path2:at + path + path2 + data])
        at += path + path2 + data


def faults_in(trace):
    return [path for kind, _, _, _, path, _, _ in records(trace) if kind == FAULT]


class File:
    def __init__(self, before, mode):
        self.before = before  # where its old content lies; None: it is new
        self.mode = mode
        self.changes = []  # [when, sure, poisoned, offset or None for a new size, data or size]

    def content(self, only_sure):
        held = bytearray(self.before.read_bytes() if self.before else b"")
        for _, sure, _, offset, what in self.changes:
            if only_sure and not sure:
                continue
            if offset is None:
                held[what:] = bytes(max(0, what - len(held)))
            else:
                held.extend(bytes(max(0, offset - len(held))))
                held[offset:offset + len(what)] = what
        return bytes(held)

    def after_cut(self, chance):
        sure = self.content(True)
        if all(change[1] for change in self.changes):
            return sure
        new = self.content(False)
        how = chance.choice(("old", "new", "sectors", "sectors", "beginning"))
        if how == "old":
            return sure
        if how == "new":
            return new
        size = chance.choice((len(sure), len(new), chance.randint(*sorted((len(sure), len(new))))))
        sector = chance.choice((512, 4096))
        first_old = chance.randint(0, size // sector + 1)
        made = bytearray()
        for number, at in enumerate(range(0, size, sector)):
            from_new = number < first_old if how == "beginning" else chance.random() < 0.5
            end = min(at + sector, size)
            piece = (new if from_new else sure)[at:end]
            made += piece + bytes(end - at - len(piece))
        return bytes(made)


class Disk:
    def __init__(self, root, before):
        self.root = os.fspath(root)
        self.names, self.folders = {}, {self.root: before.stat().st_mode}
        for path in before.rglob("*"):
            name = os.path.join(self.root, path.relative_to(before))
            if path.is_dir():
                self.folders[name] = path.stat().st_mode
            else:
                self.names[name] = File(path, path.stat().st_mode)
        self.all_folders = set(self.folders)
        self.names_before, self.folders_before = dict(self.names), dict(self.folders)
        self.changes = []  # of names: [when, sure, kind, path, path2, file or mode]
        self.changed = set()
        self.when = 0

    def follow(self, trace):
        """One life of a program; the next one goes on from there."""
        self.opened, self.syncs = {}, {}
        for kind, handle, number, flags, path, path2, data in records(trace):
            self.when += 1
            when = self.when
            if kind == OPEN:
                # Threads tell of what they did a moment later, so a file may be opened before the line that makes it.
                if flags & CREATED or (path not in self.names and path not in self.all_folders):
                    self.names[path] = File(None, number)
                    self.changes.append([when, False, OPEN, path, "", self.names[path]])
                file = self.names.get(path, path)  # a folder stands for itself
                if flags & EMPTIED:
                    file.changes.append([when, False, False, None, 0])
                    self.changed.add(file)
                self.opened[handle] = file
            elif kind in (WRITE, TRUNCATE):
                change = [number, data] if kind == WRITE else [None, number]
                self.opened[handle].changes.append([when, False, False, *change])
                self.changed.add(self.opened[handle])
            elif kind == SYNC_BEGIN:
                self.syncs[number] = (EVERYTHING if flags else self.opened[handle], when)
            elif kind == SYNC_END:
                self.synced(*self.syncs[number], flags == 0)
            elif kind == RENAME:
                self.names[path2] = self.names.pop(path)
                self.changes.append([when, False, RENAME, path, path2, None])
            elif kind == REMOVE:
                self.names.pop(path, None)
                self.all_folders.discard(path)
                self.changes.append([when, False, REMOVE, path, "", None])
            elif kind == FOLDER:
                self.all_folders.add(path)
                self.changes.append([when, False, FOLDER, path, "", number])

    def adjust(self):
        """A process killed between a change and its line in the trace has changed something that was not told: takes over
        what lies in the folder now, as changes that are not sure. To be called while no program works there."""
        self.when += 1
        there = {os.fspath(path): path for path in pathlib.Path(self.root).rglob("*")}
        for name in sorted(there):
            path = there[name]
            if path.is_dir():
                if name not in self.all_folders:
                    self.all_folders.add(name)
                    self.changes.append([self.when, False, FOLDER, name, "", path.stat().st_mode])
                continue
            if name not in self.names:
                self.names[name] = File(None, path.stat().st_mode)
                self.changes.append([self.when, False, OPEN, name, "", self.names[name]])
            file = self.names[name]
            content = path.read_bytes()
            if file.content(False) != content:
                file.changes += [[self.when, False, False, 0, content], [self.when, False, False, None, len(content)]]
                self.changed.add(file)
        for name in [*self.names.keys() - there.keys(), *self.all_folders - there.keys() - {self.root}]:
            self.names.pop(name, None)
            self.all_folders.discard(name)
            self.changes.append([self.when, False, REMOVE, name, "", None])

    def synced(self, what, began, done):
        if what is EVERYTHING or isinstance(what, str):
            for change in self.changes:
                folder = os.path.dirname(change[4] or change[3])
                if done and change[0] < began and (what is EVERYTHING or folder == what):
                    change[1] = True
        if isinstance(what, str):
            return
        for file in self.changed if what is EVERYTHING else [what]:
            for change in file.changes:
                if change[0] < began and not change[1] and not change[2]:
                    change[1 if done else 2] = True

    def cut(self, chance, to):
        """Makes the folder `to`: what is found after the power is back."""
        unsure = {}
        for change in self.changes:
            if not change[1]:
                unsure.setdefault(os.path.dirname(change[4] or change[3]), []).append(change)
        there = set()
        for folder in sorted(unsure):
            count = chance.choice((0, len(unsure[folder]), chance.randint(0, len(unsure[folder]))))
            there.update(id(change) for change in unsure[folder][:count])
        names, folders = dict(self.names_before), dict(self.folders_before)
        for change in self.changes:
            _, sure, kind, path, path2, what = change
            if not sure and id(change) not in there:
                continue
            if kind == OPEN:
                names[path] = what
            elif kind == FOLDER:
                folders[path] = what
            elif kind == RENAME and path in names:
                names[path2] = names.pop(path)
            elif kind == REMOVE:
                names.pop(path, None)
                folders.pop(path, None)
        # Without its folder's own name nothing in it can be found.
        def reachable(path):
            return path == self.root or (os.path.dirname(path) in folders and reachable(os.path.dirname(path)))

        made = pathlib.Path(to)
        for path in sorted(folders):
            if reachable(path) and path in folders:
                folder = made / os.path.relpath(path, self.root)
                folder.mkdir(parents=True, exist_ok=True)
                folder.chmod(0o700 if folders[path] & 0o077 == 0 else 0o755)
        for path in sorted(names):
            if not reachable(path):
                continue
            file = names[path]
            target = made / os.path.relpath(path, self.root)
            if not file.changes and file.before:
                shutil.copy(file.before, target)
            else:
                target.write_bytes(file.after_cut(chance))
                target.chmod((file.mode & 0o777) or 0o600)
