"""The Debian package on a fresh Debian: built by script/package, installed, run, upgraded, removed, purged.
Takes minutes and a gigabyte below /var/tmp: run with --slow, or where GITOMATIC_FRESH=1."""
import json
import re
import shutil

from gitomatic_cli import until
from test_fresh_machine import bare, clone, debian, free_ports, interrupt  # noqa: F401

# What lintian may say: each with its reason.
TAGS = {
    "bogus-mail-host": "the builder of the package is named by GITOMATIC_MAINTAINER",
    "bogus-mail-host-in-debian-changelog": "likewise",
    "initial-upload-closes-no-bugs": "it is not uploaded to Debian",
}
HOME = "root"
TREE = f"/{HOME}/gitomatic"
PAGES = ("gitomatic", "gitomatic-task", "gitomatic-sim")


def build(machine):
    return machine.run(f"cd {TREE} && script/package", timeout=900).stdout.split()[-1]


def raise_version(machine):
    tree = machine.root / HOME / "gitomatic"
    for name, old, new in (("CMakeLists.txt", "VERSION 0.2.0", "VERSION 0.2.1"), ("CHANGELOG.md", "## [0.2.0]", "## [0.2.1]")):
        text = (tree / name).read_text()
        assert old in text
        (tree / name).write_text(text.replace(old, new, 1))


def as_gitomatic(machine, command, **options):
    return machine.run(f"runuser -u gitomatic -- sh -c 'cd /var/lib/gitomatic && {command}'", **options)


def test_a_packages_life(debian):  # noqa: F811
    clone(debian, HOME, "root")
    first = build(debian)
    shutil.copy(debian.root / HOME / "gitomatic" / first, debian.root / "srv/first.deb")

    # Install: the user, the folders, the configuration; nothing is started.
    debian.run("apt-get -qq -y --no-install-recommends install /srv/first.deb man-db systemd", timeout=600)
    assert debian.run("getent passwd gitomatic").stdout.split(":")[5] == "/var/lib/gitomatic"
    assert debian.run("stat -c '%U:%G %a' /etc/gitomatic /etc/gitomatic/gitomatic.conf /var/lib/gitomatic").stdout.split("\n")[:3] == [
        "root:gitomatic 750", "root:gitomatic 640", "gitomatic:gitomatic 700"]
    assert not debian.processes()
    for page in PAGES:
        assert "NAME" in debian.run(f"man {page} | cat").stdout
    checked = debian.run("systemd-analyze verify gitomatic.service gitomatic@api.service 2>&1", check=False).stdout
    assert not [line for line in checked.splitlines() if "gitomatic" in line and "man" not in line], checked
    for unit in ("gitomatic.service", "gitomatic@.service"):
        said = debian.run(f"systemd-analyze security --offline=true {unit}").stdout
        assert float(re.search(r"exposure level for \S+: ([\d.]+)", said)[1]) < 2

    # Run, as the unit does: user gitomatic, the folder of its state, settings from /etc alone.
    api, mirror = free_ports()
    with open(debian.root / "etc/gitomatic/gitomatic.conf", "a") as conf:
        conf.write(f"API_LISTEN=127.0.0.1:{api}\nMIRROR_LISTEN=127.0.0.1:{mirror}\n")
    def start():
        log = debian.root.parent / "log"
        process = debian.start("cd /var/lib/gitomatic && exec gitomatic up --demo --gitomatic-data /var/lib/gitomatic", log, "gitomatic")
        until(lambda: "Ctrl-C stops everything" in log.read_text() or process.poll() is not None, 120, "the start")
        assert process.poll() is None, log.read_text()[-3000:]
        return process

    def links():
        return list((debian.root / "etc/systemd/system").rglob("*gitomatic*"))
    running = start()
    until(lambda: json.loads(as_gitomatic(debian, "gitomatic status --json").stdout)["developers"]["synced"] > 0, 120, "records")
    assert "password" in as_gitomatic(debian, "gitomatic user add ann").stdout
    known = json.loads(as_gitomatic(debian, "gitomatic status --json").stdout)["developers"]["known"]
    interrupt(debian, running)

    # Upgrade: the configuration that was changed and the records stay.
    raise_version(debian)
    second = build(debian)
    debian.run(f"cp {TREE}/{second} /srv/second.deb && apt-get -qq -y install /srv/second.deb")
    assert debian.run("gitomatic --version").stdout.strip() == "gitomatic 0.2.1"
    assert str(api) in (debian.root / "etc/gitomatic/gitomatic.conf").read_text()
    running = start()
    assert json.loads(as_gitomatic(debian, "gitomatic status --json").stdout)["developers"]["known"] >= known
    interrupt(debian, running)

    # One without a configuration of its own is configured, too.
    conf = debian.root / "etc/gitomatic/gitomatic.conf"
    text = conf.read_text()
    conf.unlink()
    debian.run("/var/lib/dpkg/info/gitomatic.postinst configure 0.2.0")
    conf.write_text(text)

    # Remove keeps the records and the configuration, purge removes both and the user.
    debian.run("systemctl enable gitomatic gitomatic@api gitomatic@crawler")
    assert len(links()) == 3
    debian.run("apt-get -qq -y remove gitomatic")
    assert (debian.root / "etc/gitomatic/gitomatic.conf").exists() and (debian.root / "var/lib/gitomatic/pg").exists()
    debian.run("apt-get -qq -y purge gitomatic")
    assert not (debian.root / "etc/gitomatic").exists() and not (debian.root / "var/lib/gitomatic").exists()
    assert debian.run("getent passwd gitomatic", check=False).returncode != 0 and links() == []


def test_lintian(debian):  # noqa: F811
    clone(debian, HOME, "root")
    package = build(debian)
    debian.run("apt-get -qq -y --no-install-recommends install lintian", timeout=600)
    said = debian.run(f"lintian --allow-root {TREE}/{package}", check=False).stdout
    tags = set(re.findall(r"^[EW]: gitomatic: (\S+)", said, flags=re.M))
    assert tags <= set(TAGS), said
