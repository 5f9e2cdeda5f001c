"""What a failing test prints."""

import subprocess
import sys
from pathlib import Path

from jeton import make_secret

SUPPORT = Path(__file__).resolve().parents[1] / "Support"

FAILING = """
import subprocess, pytest

SECRET = open("secret").read()

def test_it(secret=SECRET):
    print("printed", SECRET)
    done = subprocess.run(["true", f"http://alice:{SECRET}@desk/"])
    assert done.returncode == 1 and secret, f"told {SECRET}"

@pytest.fixture
def broken():
    raise ValueError(SECRET)

def test_with_a_fixture(broken):
    pass
"""


def test_it_holds_no_token(tmp_path):
    secret = make_secret()
    (tmp_path / "conftest.py").write_text("from reports import pytest_runtest_makereport\n")
    (tmp_path / "test_failing.py").write_text(FAILING)
    (tmp_path / "secret").write_text(secret)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--showlocals", "-o", f"pythonpath={SUPPORT}"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert "1 failed, 1 error" in done.stdout
    assert done.stdout.count("jtn_…") >= 5
    assert secret not in done.stdout + done.stderr
