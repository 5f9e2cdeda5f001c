"""Jeton with one thing changed: its sources with a patch of ours, built beside the released one.

What is released has no switch for this: nobody can turn it on by mistake, and it costs nothing.
"""

import shutil
import subprocess
from pathlib import Path

from servers import ROOT

PATCHES = Path(__file__).resolve().parent / "variants"
SOURCES = ["Sources", "Tests"]


def build(name, folder):
    """The released build of the sources with `variants/NAME.patch`."""
    tree, fresh = Path(folder) / name, Path(folder) / f"{name}.fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    for source in SOURCES:
        shutil.copytree(ROOT / source, fresh / source)
    shutil.copy(ROOT / "Package.swift", fresh)
    patch = PATCHES / f"{name}.patch"
    result = subprocess.run(
        ["patch", "--quiet", "-p1", "--directory", fresh, "--input", patch], capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"{patch} fits the sources no more: make it anew\n{result.stdout}{result.stderr}")
    _bring_up_to_date(tree, fresh)
    shutil.rmtree(fresh)
    subprocess.run(
        ["swift", "build", "--configuration", "release", "--static-swift-stdlib", "--product", "jeton",
         "--package-path", tree], check=True)
    return tree / ".build/release/jeton"


def _bring_up_to_date(tree, fresh):
    """Copies what differs, and only that, so that only that is built again."""
    wanted = {path.relative_to(fresh) for path in fresh.rglob("*") if path.is_file()}
    for source in SOURCES:
        for path in list((tree / source).rglob("*")):
            if path.is_file() and path.relative_to(tree) not in wanted:
                path.unlink()
    for path in wanted:
        target = tree / path
        if target.exists() and target.read_bytes() == (fresh / path).read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(fresh / path, target)
