"""Files that only their owner can read, replaced in one step."""

import contextlib
import os
import tempfile
from pathlib import Path


def make_folder(path):
    """Makes the folder and those above it where they are missing, for their owner alone."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


def replace_file(path, content):
    """Writes `content` to `path` with mode 0600: a reader gets the whole old file or the whole new one.

    A symbolic link stays, and the file that it names is replaced.
    """
    path = Path(os.path.realpath(path))
    make_folder(path.parent)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=str(path.parent))  # 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists() and hasattr(os, "chown"):
            kept = path.stat()
            if (kept.st_uid, kept.st_gid) != (os.geteuid(), os.getegid()):
                with contextlib.suppress(PermissionError):
                    os.chown(name, kept.st_uid, kept.st_gid)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise
