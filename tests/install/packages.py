"""script/packages, and what dpkg knows of its two halves."""
import collections
import os
import pathlib
import re
import subprocess

REPO = pathlib.Path(__file__).resolve().parents[2]
# What a machine has before anybody installs anything for gitomatic, beside dpkg's essential and required packages.
BARE = ("apt", "git", "ca-certificates")


def halves():
    """The packages of script/server, and those that script/test adds."""
    text = (REPO / "script" / "packages").read_text()
    server, test, _package = re.split(r"^# (?:test|package)$", text, flags=re.M)
    names = [[line for line in half.splitlines() if line and not line.startswith("#")] for half in (server, test)]
    assert len(names[0]) > 10 and len(names[1]) > 10, names
    return names[0], names[1] + ["nodejs", "npm"]


def installed():
    """name -> its packages' needs, as lists of alternatives; and the names of what every machine has."""
    fields = ["Package", "Status", "Essential", "Priority", "Depends", "Pre-Depends", "Provides"]
    out = subprocess.run(["dpkg-query", "-W", "-f", "\x1f".join("${%s}" % f for f in fields) + "\n"], check=True,
                         capture_output=True, text=True).stdout
    needs, providers, bare = {}, collections.defaultdict(list), set(BARE)

    def names(text):
        return [re.split(r"[\s(:]", part.strip(), maxsplit=1)[0] for part in text.split(",") if part.strip()]
    for line in out.splitlines():
        name, status, essential, priority, depends, pre_depends, provides = line.split("\x1f")
        if not status.endswith(" installed"):
            continue
        needs[name] = names(f"{depends},{pre_depends}".replace("|", ","))
        for provided in names(provides):
            providers[provided].append(name)
        if essential == "yes" or priority == "required":
            bare.add(name)
    return needs, providers, bare


def closure(names, needs, providers):
    """The installed packages among these and all they need."""
    found, left = set(), list(names)
    while left:
        name = left.pop()
        for one in [name] if name in needs else providers.get(name, []):
            if one not in found:
                found.add(one)
                left += needs[one]
    return found


def test_only():
    """The installed packages a machine has only because of the second half."""
    server, test = halves()
    needs, providers, bare = installed()
    fresh = closure([*bare, *server], needs, providers)
    return (closure(test, needs, providers) - fresh) | (set(test) & set(needs))


def files_below_usr(packages):
    """Their files, as they are called below /usr where /bin, /sbin and /lib are links into it."""
    out = subprocess.run(["dpkg", "-L", *sorted(packages)], check=True, capture_output=True, text=True).stdout
    names = {re.sub(r"^/(bin|sbin|lib\w*)/", r"/usr/\1/", line) for line in out.splitlines() if line.startswith("/")}
    return sorted(n for n in names if n.startswith("/usr/") and not n.startswith("/usr/share/doc/")
                  and (os.path.islink(n) or os.path.isfile(n)))
