"""A PostgreSQL server for one run of the tests: in a temporary folder, on a free port of 127.0.0.1, ended with the run."""

import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import time


def _programs():
    """The folder of initdb and postgres, the newest first; None if there is none."""
    folders = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda bin: int(bin.parent.name), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def _user():
    """PostgreSQL refuses to run as root: then another user must do it."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def _free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """`address` is where it listens, or None with the cause in `missing`."""

    def __init__(self, durable=False):
        self.address = self.process = self.folder = None
        self.missing = ""
        programs, user = _programs(), _user()
        if programs is None or (os.getuid() == 0 and user is None):
            self.missing = "PostgreSQL is not installed" if programs is None else "no user to run PostgreSQL as"
            return
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="anlan-postgres-"))
        how = {"cwd": self.folder, "stdin": subprocess.DEVNULL}
        if user is not None:
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            how |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        data = self.folder / "data"
        made = subprocess.run([programs / "initdb", "-D", data, "-U", "anlan", "-A", "trust", "-E", "UTF8", "--locale=C",
                               "--no-sync"], capture_output=True, text=True, **how)
        if made.returncode != 0:
            return self._gave_up(f"initdb: {made.stderr.strip()[-300:]}")
        port = _free_port()
        log = open(self.folder / "log", "wb")
        # Without fsync unless asked: the tests kill programs, not the machine.
        self.process = subprocess.Popen(
            [programs / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", "", *([] if durable else ["-F"]),
             "-c", "max_connections=60"],
            stdout=log, stderr=log, **how)
        address = f"postgresql://anlan@127.0.0.1:{port}/postgres"
        for _ in range(300):
            if self.process.poll() is not None:
                break
            if subprocess.run(["psql", "-X", "-q", "-d", address, "-c", "SELECT 1"], capture_output=True).returncode == 0:
                self.address = address
                return
            time.sleep(0.1)
        self._gave_up((self.folder / "log").read_text(errors="replace")[-300:])

    def _gave_up(self, cause):
        self.missing = cause
        self.stop()

    def stop(self):
        """Ends the server that this object started, and removes its folder."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.process = self.folder = None
