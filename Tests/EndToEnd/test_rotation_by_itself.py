"""A token that rotates itself: by `jeton token rotate --self`, by the guide's curl line, and by its systemd units."""

import os
import re
import shutil
import signal
import stat
import subprocess
import threading

import pytest
import requests

from jeton import BINARY, ROOT, wait_for

GUIDE = ROOT / "docs/use/rotate.md"
TOKEN = re.compile(r"jtn_[0-9A-Za-z]{38}\n")


@pytest.fixture
def file(jeton, tmp_path, request):
    """A file with the secret of a new token that may rotate itself."""
    path = tmp_path / "token"
    path.write_text(jeton.make_token(request.node.name, "--scope", "jeton:rotate", "--scope", "maven") + "\n")
    path.chmod(0o640)
    return path


def rotate(jeton, *arguments, input="", check=True):
    result = subprocess.run(
        [BINARY, "token", "rotate", "--self", "--desk", jeton.url, *arguments], input=input, capture_output=True,
        text=True, timeout=60)
    assert not TOKEN.search(result.stderr) and not TOKEN.search(result.stdout)
    if check:
        assert result.returncode == 0, result.stderr
    return result


def blocks(language):
    """The guide's blocks of code in that language."""
    return re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(), re.S)


def test_into_a_file(jeton, file):
    old = file.read_text().strip()
    result = rotate(jeton, "--into", file)
    new = file.read_text()
    assert TOKEN.fullmatch(new) and new.strip() != old
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["token"]
    assert result.stdout == f"rotated; the new secret is in {file}; the previous one has ended\n"
    assert jeton.status(new.strip()) == 200 and jeton.status(old) == 401
    log = jeton.whole_log()
    assert old not in log and new.strip() not in log


def test_with_an_overlap_the_previous_secret_works_on(jeton, file):
    old = file.read_text().strip()
    result = rotate(jeton, "--into", file, "--overlap", "until-moved")
    assert "until everything has moved, at most for 30 days" in result.stdout
    assert jeton.status(old) == jeton.status(file.read_text().strip()) == 200
    # A previous secret verifies, and does nothing else.
    refused = rotate(jeton, "--token-file", "-", "--into", file.with_name("other"), input=old, check=False)
    assert refused.returncode == 1 and "Nothing was changed" in refused.stderr, refused.stderr
    assert not file.with_name("other").exists() and not file.with_name("other.new").exists()
    answer = requests.post(
        f"{jeton.url}/api/v1/tokens/self/rotate", headers={"Authorization": f"Bearer {old}"}, timeout=10)
    assert (answer.status_code, answer.headers["X-Jeton-Reason"]) == (403, "previous_secret")


def test_a_reader_never_sees_half_a_file(jeton, file):
    seen, stop = set(), threading.Event()

    def read():
        while not stop.is_set():
            seen.add(file.read_text())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(8):
            rotate(jeton, "--into", file)
    finally:
        stop.set()
        reader.join()
    assert len(seen) >= 8 and all(TOKEN.fullmatch(text) for text in seen), seen


def test_a_link_stays_a_link(jeton, file, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(file)
    old = file.read_text()
    rotate(jeton, "--into", link)
    assert link.is_symlink() and file.read_text() != old and link.read_text() == file.read_text()


def test_a_command_gets_the_secret_on_its_standard_input(jeton, file, tmp_path):
    target = tmp_path / "got"
    rotate(jeton, "--token-file", file, "--exec", f"cat >{target}; cat /proc/$$/cmdline /proc/$$/environ >{target}.all")
    secret = target.read_text()
    assert TOKEN.fullmatch(secret + "\n") and jeton.status(secret) == 200
    assert secret.encode() not in target.with_name("got.all").read_bytes()


def test_a_command_that_fails_keeps_the_previous_secret_working(jeton, file):
    old = file.read_text().strip()
    result = rotate(jeton, "--token-file", file, "--exec", "exit 3", check=False)
    assert result.returncode == 1
    assert result.stderr == (
        "jeton: the command failed with exit code 3: the previous secret works for another hour, and the new one is "
        "lost; rotate the token on My Tokens before then\n")
    assert jeton.status(old) == 200


def test_what_failed_is_finished_by_the_next_run(jeton, file, tmp_path):
    old = file.read_text()
    done = tmp_path / "done"
    command = f"test -e {done}.allowed && cat >{done}"
    result = rotate(jeton, "--into", file, "--exec", command, check=False)
    draft = file.with_name("token.new")
    assert result.returncode == 1 and f"the new one is kept in {draft}, so run this again" in result.stderr
    assert file.read_text() == old and stat.S_IMODE(draft.stat().st_mode) == 0o600
    assert jeton.status(old.strip()) == 200
    new = draft.read_text()
    (tmp_path / "done.allowed").touch()
    result = rotate(jeton, "--into", file, "--exec", command)
    assert result.stdout.startswith("finished the rotation that was interrupted: rotated")
    assert file.read_text() == new == done.read_text() + "\n" and not draft.exists()
    assert jeton.status(new.strip()) == 200 and jeton.status(old.strip()) == 401


def test_killed_in_between_nothing_is_lost(jeton, file):
    old = file.read_text()
    result = rotate(jeton, "--into", file, "--exec", "kill -9 $PPID", check=False)
    assert result.returncode == -signal.SIGKILL
    assert file.read_text() == old and jeton.status(old.strip()) == 200
    rotate(jeton, "--into", file)
    assert file.read_text() != old and jeton.status(file.read_text().strip()) == 200


def test_a_draft_that_does_not_work_is_overwritten(jeton, file):
    old = file.read_text()
    draft = file.with_name("token.new")
    draft.write_text("jtn_0123456789ABCDEFGHIJKLMNOPQRSTUV0gITR2\n")
    draft.chmod(0o644)
    rotate(jeton, "--into", file)
    assert file.read_text() != old and stat.S_IMODE(file.stat().st_mode) == 0o600 and not draft.exists()


def test_one_at_a_time(jeton, file):
    first = subprocess.Popen(
        [BINARY, "token", "rotate", "--self", "--desk", jeton.url, "--into", file, "--exec",
         f"touch {file}.runs; while test -e {file}.runs; do sleep 0.05; done"], stdout=subprocess.PIPE)
    wait_for((file.parent / "token.runs").exists, seconds=20)
    second = rotate(jeton, "--into", file, check=False)
    assert second.returncode == 1
    assert second.stderr == f"jeton: another `jeton token rotate` is changing {file}: nothing was changed\n"
    (file.parent / "token.runs").unlink()
    assert first.wait(timeout=20) == 0
    first.stdout.close()


def test_without_the_scope_it_is_refused(jeton, tmp_path):
    path = tmp_path / "plain"
    path.write_text(jeton.make_token("plain") + "\n")
    before = path.read_text()
    result = rotate(jeton, "--into", path, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith("jeton: the desk did not rotate the token: ") and "jeton:manage" in result.stderr
    assert path.read_text() == before and [p.name for p in tmp_path.iterdir()] == ["plain"]
    assert jeton.status(before.strip()) == 200


@pytest.mark.parametrize("what", ["no desk", "no folder", "no secret"])
def test_what_cannot_work_changes_nothing(jeton, file, what):
    old = file.read_text()
    url = "http://127.0.0.1:1" if what == "no desk" else jeton.url
    into = file.parent / "missing/token" if what == "no folder" else file
    source = file
    if what == "no secret":
        source = file.parent / "two"
        source.write_text("one two\n")
    result = subprocess.run(
        [BINARY, "token", "rotate", "--self", "--desk", url, "--token-file", source, "--into", into],
        capture_output=True, text=True, timeout=60)
    assert result.returncode == 1 and result.stdout == ""
    assert file.read_text() == old and jeton.status(old.strip()) == 200
    assert not file.with_name("token.new").exists()


def test_the_guides_curl_lines(jeton, file):
    old = file.read_text().strip()
    rotates, ends = [block for block in blocks("sh") if "curl" in block]
    folder = str(file.parent)

    def run(block):
        assert block.count("\n") == 1, "one line"
        script = block.replace("/etc/backup", folder).replace("https://tokens.example.com", jeton.url)
        subprocess.run(["sh", "-c", script], check=True, timeout=30)

    run(rotates)
    new = file.read_text()
    assert TOKEN.fullmatch(new) and new.strip() != old and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert jeton.status(new.strip()) == jeton.status(old) == 200
    # A second time it is being rotated, and the file stays.
    assert subprocess.run(
        ["sh", "-c", rotates.replace("/etc/backup", folder).replace("https://tokens.example.com", jeton.url)],
        capture_output=True, timeout=30).returncode != 0
    assert file.read_text() == new
    run(ends)
    assert jeton.status(new.strip()) == 200 and jeton.status(old) == 401


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")
def test_the_guides_units_are_valid(tmp_path):
    names = re.findall(r"`/etc/systemd/system/(\S+)`", GUIDE.read_text())
    units = blocks("ini")
    assert len(names) == len(units) == 2
    for name, text in zip(names, units):
        (tmp_path / name).write_text(text.replace("/usr/bin/jeton", str(BINARY)))
    result = subprocess.run(
        ["systemd-analyze", "verify", *[tmp_path / name for name in names]], capture_output=True, text=True,
        timeout=60, env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"})
    complaints = [line for line in result.stderr.splitlines() if str(tmp_path) in line or "rotate-backup" in line]
    assert result.returncode == 0 and not complaints, result.stderr
    calendar = re.search(r"OnCalendar=(.*)", units[1]).group(1)
    subprocess.run(["systemd-analyze", "calendar", calendar], check=True, capture_output=True, timeout=30)


def test_gitlabs_variable(jeton, file, tmp_path):
    """The guide's script sends the new secret to GitLab's API, which a small server stands in for."""
    script = re.search(r"script:\n    - \|\n(.*?)\n$", blocks("yaml")[0], re.S).group(1)
    received = tmp_path / "received"
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "curl").write_text(f'#!/bin/sh\ncat >{received}\nprintf "%s\\n" "$@" >{received}.words\n')
    (fake / "curl").chmod(0o755)
    (fake / "jeton").symlink_to(BINARY)
    environment = {
        **os.environ, "PATH": f"{fake}:{os.environ['PATH']}", "JETON_TOKEN": file.read_text().strip(),
        "GITLAB_TOKEN": "glpat-x", "CI_API_V4_URL": "https://gitlab.test/api/v4", "CI_PROJECT_ID": "7"}
    subprocess.run(
        ["sh", "-ec", script.replace("https://tokens.example.com", jeton.url)], check=True, env=environment,
        timeout=30)
    secret = re.search(r'data-urlencode = "value=(.*)"', received.read_text()).group(1)
    assert jeton.status(secret) == 200 and 'header = "PRIVATE-TOKEN: glpat-x"' in received.read_text()
    words = received.with_name("received.words").read_text()
    assert "https://gitlab.test/api/v4/projects/7/variables/JETON_TOKEN" in words
    assert secret not in words and "glpat" not in words
