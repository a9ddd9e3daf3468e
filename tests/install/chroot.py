"""A fresh Debian in a folder. Each command has a mount namespace of its own: when it ends its mounts are gone."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
SUITE = "bookworm"


def apt_sources():
    """Lines of Debian's archives as this machine's apt has them."""
    out = subprocess.run(["apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)",
                          "Created-By: Packages"], check=True, capture_output=True, text=True).stdout
    return [line for line in out.splitlines() if re.fullmatch(rf"deb \S+ {SUITE}(-updates|-security)? main", line)]


def missing():
    """Why there can be no fresh Debian on this machine; None if there can."""
    if os.geteuid() != 0:
        return "a fresh Debian is made by root only"
    for program in ("debootstrap", "unshare", "apt-get"):
        if not shutil.which(program):
            return f"{program} is not installed"
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        return "this root may not make mount namespaces"
    return None if any(f" {SUITE} main" in line for line in apt_sources()) else f"apt has no archive of {SUITE}"


class Debian:
    def __init__(self, root):
        self.root = pathlib.Path(root)

    def bootstrap(self):
        sources = apt_sources()
        archive = next(line.split()[1] for line in sources if line.endswith(f" {SUITE} main"))
        subprocess.run(["debootstrap", "--variant=minbase", "--include=git,ca-certificates", SUITE, self.root, archive],
                       check=True, stdout=subprocess.DEVNULL, timeout=900)
        (self.root / "etc/apt/sources.list").write_text("\n".join(sources) + "\n")
        options = subprocess.run(["apt-config", "dump"], check=True, capture_output=True, text=True).stdout.splitlines()
        (self.root / "etc/apt/apt.conf.d/99machine").write_text(
            "".join(f"{o}\n" for o in options if re.match(r"Acquire::(http|https|Check-)", o)))
        for name in ("etc/resolv.conf", "etc/hosts", "usr/local/share/ca-certificates"):
            if os.path.isfile("/" + name):
                shutil.copyfile("/" + name, self.root / name)
            elif os.path.isdir("/" + name):
                shutil.copytree("/" + name, self.root / name, dirs_exist_ok=True)
        self.run("update-ca-certificates")
        return self

    def copy(self, root):
        subprocess.run(["cp", "-a", self.root, root], check=True)
        return Debian(root)

    def command(self, shell, user):
        as_user = [] if user == "root" else ["runuser", "-u", user, "--", "env", f"HOME=/home/{user}"]
        return ["unshare", "--mount", "--propagation", "private", HERE / "enter", self.root, *as_user, "bash", "-c", shell]

    def run(self, shell, user="root", check=True, timeout=900):
        done = subprocess.run(self.command(shell, user), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=timeout)
        assert not check or done.returncode == 0, f"{shell}: {done.returncode}\n{done.stdout[-4000:]}"
        return done

    def start(self, shell, log, user="root"):
        with open(log, "w") as out:
            return subprocess.Popen(self.command(shell, user), stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                    start_new_session=True)

    def processes(self):
        """The process ids of all that run in it."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and os.readlink(entry / "root") == str(self.root):
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def remove(self):
        """Ends what still runs in it, and removes it. Nothing of it is mounted here."""
        until = time.monotonic() + 30
        while (left := self.processes()) and time.monotonic() < until:
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.1)
        subprocess.run(["rm", "-rf", "--one-file-system", self.root], check=True)
