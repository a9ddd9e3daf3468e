"""The statements of a page go out in one round trip, and a connection is unchanged after a part of it fails."""
import os
import subprocess

from server import BUILD


def run(program, url):
    done = subprocess.run([os.path.join(BUILD, program), url], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


def test_statements_together(new_api, pg):
    new_api("together")
    run("gitomatic-db-test", pg.url("together"))


def test_short_reads_of_several_threads(new_api, pg):
    new_api("short_reads")
    run("gitomatic-short-reads-test", pg.url("short_reads"))


def test_a_database_that_does_not_answer_keeps_few_threads(new_api, pg):
    new_api("stuck_reads")
    run("gitomatic-stuck-reads-test", pg.url("stuck_reads"))


def test_a_record_beside_others(new_api, pg):
    new_api("short_records")
    run("gitomatic-short-records-test", pg.url("short_records"))
