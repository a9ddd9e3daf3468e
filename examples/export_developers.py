#!/usr/bin/env python3
"""Writes every synced developer as CSV to standard output, walking the list by cursor.

    GITOMATIC_URL=http://127.0.0.1:8000 GITOMATIC_AUTH=admin:PASSWORD examples/export_developers.py 'location=Berlin' > berlin.csv

Arguments are filters, as in the API. A cursor costs the same at any depth and meets each record once, also while the list changes.
"""
import base64
import csv
import json
import os
import sys
import urllib.parse
import urllib.request

FIELDS = ["github_id", "login", "name", "location", "company", "followers_count", "created_at"]


def get(url):
    auth = base64.b64encode(os.environ["GITOMATIC_AUTH"].encode()).decode()
    request = urllib.request.Request(url, headers={"Authorization": "Basic " + auth, "Accept": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def main():
    base = os.environ.get("GITOMATIC_URL", "http://127.0.0.1:8000")
    query = dict(urllib.parse.parse_qsl("&".join(sys.argv[1:]), keep_blank_values=True))
    # strict=1: a misspelt filter is an error instead of being ignored.
    query |= {"fields": ",".join(FIELDS), "page_size": "100", "cursor": "", "strict": "1"}
    out = csv.DictWriter(sys.stdout, FIELDS, extrasaction="ignore")
    out.writeheader()
    url = f"{base}/github/developers/?{urllib.parse.urlencode(query)}"
    while url:
        page = get(url)
        out.writerows(page["results"])
        url = page["next"]


if __name__ == "__main__":
    main()
