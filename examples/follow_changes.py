#!/usr/bin/env python3
"""Prints each change once, a line each, and remembers its place in a file.

    GITOMATIC_URL=http://127.0.0.1:8000 GITOMATIC_AUTH=admin:PASSWORD examples/follow_changes.py place.txt --once

Without --once it waits for more. The place is saved after a page was printed: a crash repeats a page, and loses none.
"""
import base64
import json
import os
import sys
import time
import urllib.request


def get(url):
    auth = base64.b64encode(os.environ["GITOMATIC_AUTH"].encode()).decode()
    request = urllib.request.Request(url, headers={"Authorization": "Basic " + auth, "Accept": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def save(path, text):
    with open(path + ".new", "w") as file:
        file.write(text)
    os.replace(path + ".new", path)


def main():
    path, once = sys.argv[1], "--once" in sys.argv
    base = os.environ.get("GITOMATIC_URL", "http://127.0.0.1:8000")
    url = open(path).read() if os.path.exists(path) else f"{base}/github/changes/?page_size=1000"
    while True:
        page = get(url)
        for item in page["results"]:
            print(item["at"], item["type"], item["developer_github_id"], item["repository_github_id"] or "", flush=True)
        url = page["next"]
        save(path, url)
        if not page["more"]:
            if once:
                return
            time.sleep(5)


if __name__ == "__main__":
    main()
