"""How the build gets the archives of Swagger UI and ReDoc: checked, once, and never in the way of the build."""
import base64
import functools
import hashlib
import http.server
import io
import json
import pathlib
import subprocess
import tarfile
import threading

import pytest

REPO = pathlib.Path(__file__).resolve().parents[2]
PROJECT = """cmake_minimum_required(VERSION 3.22)
project(bundles NONE)
include(%s)
set(web_files "")
web_bundle(thing a.js sub/b.css)
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/files "${web_files}")
"""
LOGO = b'src="https://cdn.redoc.ly/redoc/logo-mini.svg"'


def archive(text=b"var a;" + LOGO):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in (("package/a.js", text), ("package/sub/b.css", b"b{}"), ("package/evil.sh", b"rm")):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


class Registry:
    """Serves a folder, counts requests."""

    def __init__(self, folder):
        self.asked = []
        registry = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *_):
                registry.asked.append(self.path)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Build:
    def __init__(self, folder):
        self.folder = folder
        self.source, self.kept, self.served = folder / "source", folder / "kept", folder / "served"
        for path in (self.source, self.served / "thing" / "-"):
            path.mkdir(parents=True)
        (self.source / "CMakeLists.txt").write_text(PROJECT % (REPO / "web" / "bundles.cmake"))
        self.good = archive()
        digest = base64.b64encode(hashlib.sha512(self.good).digest()).decode()
        (self.source / "package-lock.json").write_text(json.dumps(
            {"packages": {"node_modules/thing": {"version": "1.2.3", "integrity": "sha512-" + digest}}}))
        self.registry = Registry(self.served)

    def serve(self, data):
        (self.served / "thing" / "-" / "thing-1.2.3.tgz").write_bytes(data)

    def configure(self, *more, registry=None, name="build"):
        """Without npm: CMake itself asks the registry."""
        done = subprocess.run(["cmake", "-S", self.source, "-B", self.folder / name, f"-DGITOMATIC_BUNDLES={self.kept}",
                               "-DNPM=OFF", *more], capture_output=True, text=True, timeout=120,
                              env={"PATH": "/usr/bin:/bin", "npm_config_registry": registry or self.registry.url + "/"})
        assert done.returncode == 0, done.stdout + done.stderr
        self.output = done.stdout
        files = (self.folder / name / "files").read_text()
        return [pathlib.Path(path) for path in files.split(";") if path]


@pytest.fixture
def build(tmp_path):
    made = Build(tmp_path)
    yield made
    made.registry.close()


def test_fetched_once_and_unpacked(build):
    build.serve(build.good)
    files = build.configure()
    assert [path.name for path in files] == ["a.js", "b.css"] and files[1].read_text() == "b{}"
    assert not list(build.folder.glob("build/**/evil.sh"))
    assert b"redoc.ly" not in files[0].read_bytes() and b"data:image/svg+xml," in files[0].read_bytes()
    assert len(build.registry.asked) == 1
    assert build.configure() == files and len(build.configure(name="other")) == 2
    assert len(build.registry.asked) == 1


def test_a_wrong_archive_is_not_used(build):
    build.serve(archive(b"something else"))
    assert build.configure() == []
    assert "not what package-lock.json says" in build.output
    build.serve(build.good)
    assert len(build.configure()) == 2  # and asked for again


def test_the_build_works_without_a_registry(build):
    assert build.configure(registry="http://127.0.0.1:9/") == []
    assert "missing and could not be fetched from the registry" in build.output
    assert build.configure() == [] and not list(build.kept.glob("*"))  # 404


def test_an_archive_put_there_by_hand_will_do(build):
    build.kept.mkdir()
    (build.kept / "thing-1.2.3.tgz").write_bytes(build.good)
    assert len(build.configure("-DGITOMATIC_DOWNLOAD=OFF")) == 2 and build.registry.asked == []


def test_downloads_can_be_disabled(build):
    build.serve(build.good)
    assert build.configure("-DGITOMATIC_DOWNLOAD=OFF") == [] and build.registry.asked == []


def test_the_lock_file_names_what_the_build_takes():
    lock = json.loads((REPO / "web" / "package-lock.json").read_text())
    wanted = json.loads((REPO / "web" / "package.json").read_text())["dependencies"]
    text = (REPO / "web" / "README.md").read_text()
    for name, version in wanted.items():
        entry = lock["packages"][f"node_modules/{name}"]
        assert entry["version"] == version and entry["integrity"].startswith("sha512-")
        assert f"`{name}-{version}.tgz`" in text and f"web_bundle({name} " in (REPO / "web" / "CMakeLists.txt").read_text()
