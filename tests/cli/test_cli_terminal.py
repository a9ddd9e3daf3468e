"""gitomatic up on a terminal: the banner in one piece, one progress line at the bottom, log lines above it; and elsewhere."""
import re
import subprocess
import time

import pytest

from gitomatic_cli import Up, until
from screen import OnTerminal
from test_cli_notices import QUIET, github, nowhere  # noqa: F401 (fixtures)

LOG = r"20\d\d-\d\d-\d\dT\S+Z (info|warn|error|debug) "
PROGRESS = r"^dev(elopers)? \d"
BANNER = (r"^  API user   admin, password \S{20} \(shown only this once\)\n\n  pages      http.*\n  API        http\S+\n  developers curl .*\n"
          r"  mirror     http.*\n  SQL        psql .*\n  data       .*\n  demo       .*\n  seed       ada\n\nCtrl-C stops everything\.\n")


@pytest.fixture
def on_terminal(folder):
    started = []

    def start_one(*args, **options):
        started.append(OnTerminal(*args, cwd=folder, **options))
        return started[-1]
    yield start_one
    for one in started:
        one.end()


def progress_lines(lines):
    return [line for line in lines if re.match(PROGRESS, line)]


def bytes_of_a_redraw(text):
    """What each redraw of the progress line puts on the screen."""
    return [re.sub(r"\x1b\[[0-9;]*m", "", part) for part in re.findall(r"\r\x1b\[J((?:\x1b\[[0-9;]*m)?dev[^\r\n]*)", text)]


def test_banner_and_progress_line(on_terminal):
    up = on_terminal("up", "--demo", columns=200)
    up.wait_for("^Ctrl-C stops everything")
    assert re.search(BANNER, "\n".join(up.lines()), re.M), "\n".join(up.lines())  # no log line within
    up.wait_for(r"^developers \d+ of \d+ synced \| repositories \d+ of \d+ synced \| \d+ requests/min \| "
                r"\d+ of 50000 units left, reset in \d+ (min|s)")
    shown = up.last()
    until(lambda: up.last() != shown, 60, "the line to be redrawn")
    lines = up.lines()
    assert len(progress_lines(lines)) == 1, "\n".join(lines)
    assert all(re.match(LOG, line) or not line for line in lines[lines.index("Ctrl-C stops everything.") + 1:-1])
    assert up.stop() == 0
    lines = up.lines()
    assert not progress_lines(lines) and "stopping" in lines  # it is taken away


# What the settings of a crawl lack: (options of the simulator, None: nothing listens, and settings; what is reported once).
WAITS = {
    "no token": (("--users", 200), {}, r"No GitHub token is set.*work continues at 20\d\d-"),
    "refused": (("--users", 20, "--token", "right"), {"GITHUB_TOKEN": "wrong", "NO_COLOR": "1"}, r"GitHub refuses the credential token-\w+ \(401\)"),
    "out of reach": (None, {"GITHUB_TOKEN": "t"}, r"GitHub \(http://127\S+\) is out of reach since 20"),
}


@pytest.mark.parametrize("what", [pytest.param(what, marks=() if what == "no token" else pytest.mark.slow) for what in WAITS])
def test_what_a_crawl_waits_for_is_printed_above_the_line(what, on_terminal, github, nowhere):  # noqa: F811
    options, env, told = WAITS[what]
    up = on_terminal("up", "--seed", "ada", columns=600, GITHUB_API_URL=github(*options).url if options else nowhere, **QUIET, **env)
    up.wait_for(rf"^\d\d:\d\d:\d\d  {told}")
    up.wait_for(PROGRESS)
    assert up.stop() == 0
    lines = up.lines()
    start = next(n for n, line in enumerate(lines) if line.startswith("  API user "))
    banner = lines[start:lines.index("Ctrl-C stops everything.")]
    assert not [line for line in banner if re.match(LOG, line) or re.match(PROGRESS, line)], "\n".join(banner)
    assert bool([line for line in banner if line.startswith("  token      none")]) == (what == "no token")
    assert not progress_lines(lines) and len(re.findall(rf"(?m)^\d\d:\d\d:\d\d  {told[:10]}", "\n".join(lines))) == 1
    drawn = bytes_of_a_redraw(up.text)
    assert drawn and max(map(len, drawn)) < 600
    assert not (up.screen.colours and "NO_COLOR" in env)


def longer(*given):
    return pytest.param(*given, marks=pytest.mark.slow)


@pytest.mark.parametrize("columns", [20, longer(40), longer(60), 80, longer(132)])
def test_the_line_keeps_within_the_width(on_terminal, columns):
    up = on_terminal("up", "--demo", columns=columns)
    up.wait_for(PROGRESS)
    end = time.monotonic() + 4  # few columns have less to change
    until(lambda: len(bytes_of_a_redraw(up.text)) >= 3 or time.monotonic() > end, 60, "a few redraws")
    assert up.stop() == 0
    drawn = bytes_of_a_redraw(up.text)
    assert max(map(len, drawn)) < columns
    assert all(re.match(r"dev(elopers)? \d+", line) for line in drawn)


def test_the_line_follows_the_terminals_size(on_terminal):
    up = on_terminal("up", "--demo", columns=150)
    up.wait_for(r"^developers \d+ of \d+ synced \| .*units left")
    for columns in (30, 100):
        seen = len(up.text)
        up.resize(columns)
        until(lambda: bytes_of_a_redraw(up.text[seen:]), 60, f"a line for {columns} columns")
        until(lambda: len(up.last()) < columns and re.match(PROGRESS, up.last()), 60, "it to be the last")
        narrow = len(up.text)
        until(lambda: bytes_of_a_redraw(up.text[narrow:]), 60, "another")
        assert max(map(len, bytes_of_a_redraw(up.text[narrow:]))) < columns
        late = [line for line in bytes_of_a_redraw(up.text[seen:]) if len(line) >= columns]
        assert len(late) <= 1  # was being written when the size changed: then its rest stays
        whole = [line for line in up.lines() if re.match(PROGRESS, line) or "to go" in line or "left, reset" in line]
        assert late or len(whole) == 1, "\n".join(up.lines())  # nothing is left of the longer line
    seen = len(up.text)
    up.resize(150)
    until(lambda: any("units left" in line for line in bytes_of_a_redraw(up.text[seen:])), 60, "words again")
    assert up.stop() == 0


@pytest.mark.parametrize("env, coloured", [({}, True), ({"NO_COLOR": "1"}, False), longer({"NO_COLOR": ""}, True)], ids=str)
def test_colour(on_terminal, env, coloured):
    up = on_terminal("up", "--demo", **env)
    up.wait_for(PROGRESS)
    assert bool(up.screen.colours) == coloured


@pytest.mark.parametrize("term", ["dumb", longer(""), longer(None)])
def test_a_terminal_that_cannot_redraw_gets_lines(on_terminal, term):
    up = on_terminal("up", "--demo", columns=250, TERM=term)
    up.wait_for(r"^\d\d:\d\d:\d\d  developers \d+ of \d+ synced")
    assert "\x1b" not in up.text
    assert up.stop() == 0


def test_logs_in_a_file_and_the_line_on_the_terminal(on_terminal, folder):
    with open(folder / "log", "w") as log:
        up = on_terminal("up", "--demo", stderr=log)
        up.wait_for(PROGRESS)
        assert up.stop() == 0
    text = (folder / "log").read_text()
    assert re.search(LOG, text, re.M) and "\x1b" not in text and not re.search(LOG, up.text)


def test_an_error_is_the_last_line(on_terminal, folder):
    first = on_terminal("up", "--demo")
    first.wait_for(PROGRESS)
    second = on_terminal("up", "--demo", columns=200)
    assert second.process.wait(60) == 1
    second.reader.join(10)
    assert re.match("gitomatic up: another gitomatic up", [line for line in second.lines() if line][-1])


def test_a_killed_service_is_reported_above_the_line(on_terminal, folder):
    up = on_terminal("up", "--demo", columns=200)
    up.wait_for(PROGRESS)
    children = subprocess.run(["pgrep", "-P", str(up.process.pid), "-f", " scheduler"], capture_output=True, text=True)
    subprocess.run(["kill", "-9", children.stdout.split()[0]], check=True)
    up.wait_for(r"^20\S+ warn  up service.restart service=scheduler")
    until(lambda: re.match(PROGRESS, up.last()), 60, "the line below it")
    assert len(progress_lines(up.lines())) == 1


@pytest.mark.slow
def test_without_a_terminal_a_line_a_minute_is_printed(folder, start):
    up = start(Up, "--demo", cwd=folder).wait_ready()
    line = r"^\d\d:\d\d:\d\d  developers \d+ of \d+ synced \| repositories .*"
    up.wait_for("(?m)" + line)
    first = time.monotonic()
    time.sleep(8)
    assert len(re.findall(line, up.output(), re.M)) == 1
    until(lambda: len(re.findall(line, up.output(), re.M)) == 2, 90, "the next line")
    assert 50 < time.monotonic() - first < 90
    assert "\x1b" not in up.output() and "\r" not in up.output()
    assert re.search(BANNER, up.output(), re.M)
    assert up.stop() == 0
