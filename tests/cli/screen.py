"""A program on a terminal: a pseudo-terminal of a given size, and what its screen shows."""
import fcntl
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time

from gitomatic_cli import BIN, clean_env, put_cluster, until


def set_size(fd, columns, rows=40):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


class Screen:
    """What the bytes look like, line by line, nothing scrolled away. Knows only what the program may use: line feed, carriage
    return, clear to the end of the screen, colours. A line longer than the terminal continues in the next one; what is shown is
    wrapped again when the terminal becomes narrower, as most terminals do it."""

    def __init__(self, columns):
        self.columns, self.lines, self.row, self.column, self.rest = columns, [""], 0, 0, ""
        self.colours, self.widest_redraw = set(), 0

    def feed(self, text):
        text = self.rest + text
        cut = re.search(r"\x1b(\[[0-9;]*)?$", text)  # the end of it has not come yet
        text, self.rest = (text[:cut.start()], text[cut.start():]) if cut else (text, "")
        for part in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|[^\x1b]|\x1b", text):
            if part == "\n":
                self.row += 1
                while len(self.lines) <= self.row:
                    self.lines.append("")
            elif part == "\r":
                self.column = 0
            elif part == "\x1b[J":
                self.lines[self.row:] = [self.lines[self.row][:self.column]]
            elif re.fullmatch(r"\x1b\[[0-9;]*m", part):
                self.colours.add(part)
            else:
                assert ord(part[0]) >= 32, f"{part!r} is not expected"
                if self.column == self.columns:
                    self.feed("\n\r")
                line = self.lines[self.row].ljust(self.column)
                self.lines[self.row] = line[:self.column] + part + line[self.column + 1:]
                self.column += 1


    def resize(self, columns):
        self.columns, lines, self.lines = columns, self.lines, []
        for number, line in enumerate(lines):
            if number == self.row:
                row = len(self.lines) + self.column // columns
            self.lines += [line[start:start + columns] for start in range(0, len(line) or 1, columns)]
        self.row, self.column = row, self.column % columns


class OnTerminal:
    """A command on a terminal; stdout and stderr are the terminal, unless said otherwise."""

    def __init__(self, *args, cwd, columns=80, stderr=None, **env):
        self.master, slave = pty.openpty()
        set_size(self.master, columns)
        self.screen, self.text, self.lock = Screen(columns), "", threading.Lock()
        if args[0] == "up":
            put_cluster(pathlib.Path(cwd), args, env)
        env = {"TERM": "xterm", "API_LISTEN": "127.0.0.1:0", "MIRROR_LISTEN": "127.0.0.1:0", **env}
        self.process = subprocess.Popen([BIN, *args], cwd=cwd, stdin=slave, stdout=slave, stderr=stderr or slave,
                                        env=clean_env(**{k: v for k, v in env.items() if v is not None}), start_new_session=True)
        os.close(slave)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        while True:
            try:
                if not select.select([self.master], [], [], 0.2)[0]:
                    if self.process.poll() is not None:
                        return
                    continue
                got = os.read(self.master, 65536).decode(errors="replace")
            except OSError:
                return
            with self.lock:
                self.text += got
                self.screen.feed(got)

    def lines(self):
        with self.lock:
            return [line.rstrip() for line in self.screen.lines]

    def last(self):
        return self.lines()[-1]

    def resize(self, columns):
        """Just after a redraw, if there is one: then no redraw for the old size is pending."""
        seen, until_s = len(self.text), time.monotonic() + 2
        while len(self.text) == seen and time.monotonic() < until_s:
            time.sleep(0.01)
        with self.lock:
            self.screen.resize(columns)
            set_size(self.master, columns)
        self.process.send_signal(signal.SIGWINCH)

    def wait_for(self, pattern, what=None):
        def look():
            text = "\n".join(self.lines())
            found = re.search(pattern, text, re.M)
            assert found or self.process.poll() is None, f"ended with {self.process.returncode}:\n{text}"
            return found
        try:
            return until(look, 60, what or pattern)
        except AssertionError as error:
            raise AssertionError(f"{error}\n" + "\n".join(self.lines())) from None

    def stop(self, seconds=60):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(seconds)
        self.reader.join(10)
        return code

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        self.reader.join(10)
        os.close(self.master)
