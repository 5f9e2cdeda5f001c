"""The shortest of Tests/Faults, which `make check-nodes` runs whole: networks are made, a node is killed, every
answer is held against the model."""

import os
import subprocess
import sys

import pytest

from jeton import ROOT


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make networks")
def test_a_killed_node_in_short():
    # In a process of its own, which leaves this machine's network for one of its own.
    run = subprocess.run(
        [sys.executable, "-m", "pytest", ROOT / "Tests/Faults/test_faults.py", "-k", "in_short"],
        cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-1000:]
    assert "1 passed" in run.stdout
