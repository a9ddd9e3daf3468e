"""GitHub's rule for ETags, for upstreams that are not the simulator: credentials that see the same bytes prove each other's pages."""
import hashlib


def etag_of(seen, body):
    parts = [seen.get(name) for name in ("Accept", "Authorization")]
    return hashlib.sha256(b":".join([p.encode("latin-1") for p in parts if p is not None] + [body])).hexdigest()


def answer_with(seen, body, first=None, again=None):
    """A 200 with its ETag and the fields `first`, or a 304 with the fields `again` for clients that have it."""
    tag = etag_of(seen, body)
    if tag in (seen.get("If-None-Match") or ""):
        return 304, {"ETag": f'"{tag}"', "Content-Type": None, **(again or {})}, b""
    return 200, {"ETag": f'W/"{tag}"', **(first or {})}, body
