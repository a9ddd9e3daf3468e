"""The README's pictures: there, as large as they are said to be, light and dark, and made by script/screenshots."""
import re
import struct

import pytest

import doc_tree as tree

README = (tree.REPO / "README.md").read_text()
FOLDER = tree.REPO / "docs" / "screenshots"
SHOWN = sorted(set(re.findall(r"docs/screenshots/([\w-]+\.png)", README)))
MOST_BYTES = 300_000


def size(path):
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n" and head[12:16] == b"IHDR", path
    return struct.unpack(">II", head[16:24])


def test_three_pictures_light_and_dark():
    light = [name for name in SHOWN if not name.endswith("-dark.png")]
    assert len(light) == 3 and SHOWN == sorted(light + [name.replace(".png", "-dark.png") for name in light])
    assert sorted(path.name for path in FOLDER.iterdir()) == SHOWN, "a picture that is not shown, or is missing"
    for name in light:  # dark where the reader's system is, and a text for who can't see it
        assert re.search(rf'<picture><source media="\(prefers-color-scheme: dark\)" srcset="docs/screenshots/{name[:-4]}-dark.png">'
                         rf'<img alt="[^"]{{20,}}" src="docs/screenshots/{name}"></picture>', README), name


@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_is_of_bounded_size(name):
    width, height = size(FOLDER / name)
    assert width == 1280 and 600 <= height <= 1000
    assert 10_000 < (FOLDER / name).stat().st_size <= MOST_BYTES


def test_the_script_makes_them():
    script = (tree.REPO / "tests" / "web" / "screenshots.mjs").read_text()
    assert "screenshots.mjs" in (tree.REPO / "script" / "screenshots").read_text()
    for name in SHOWN:
        assert f"/{name.replace('-dark', '').replace('.png', '')}${{suffix}}.png" in script, name
