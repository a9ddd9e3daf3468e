"""A GitHub App's key pair, made once a run: openssl is what a user has, too."""
import functools
import pathlib
import subprocess
import tempfile


@functools.cache
def key_files():
    """Paths of the private (PKCS#1, as GitHub gives it) and the public key."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gitomatic-app-"))
    private, public = folder / "private.pem", folder / "public.pem"
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", private, "2048"], check=True, capture_output=True)
    subprocess.run(["openssl", "rsa", "-in", private, "-pubout", "-out", public], check=True, capture_output=True)
    return str(private), str(public)


def app_sim_options(life, installations="11", app_id="7"):
    return "--app", app_id, "--app-key", key_files()[1], "--app-token-life", life, "--app-installations", installations


def app_settings(app_id="7", **more):
    return {"GITHUB_APP_ID": app_id, "GITHUB_APP_PRIVATE_KEY_FILE": key_files()[0], **more}
