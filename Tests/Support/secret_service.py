"""The desktop's own store of secrets, as GNOME keeps it, on a bus of the test's own."""

import contextlib
import subprocess

from jeton import wait_for

# A bus that starts no services: a keyring that it started would wait for somebody to unlock it.
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""


@contextlib.contextmanager
def secret_service(folder, environment):
    """Runs it unlocked, with its keeping in `folder`. Programs find it by what is added to `environment`."""
    with contextlib.ExitStack() as stack:
        (folder / "bus.conf").write_text(BUS)
        bus = stack.enter_context(subprocess.Popen(
            ["dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork", "--print-address"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True))
        stack.callback(bus.terminate)
        environment["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
        environment["XDG_RUNTIME_DIR"] = str(folder)
        keyring = stack.enter_context(subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        stack.callback(keyring.terminate)
        keyring.stdin.write(b"of the test's own")
        keyring.stdin.close()
        wait_for(lambda: subprocess.run(
            ["secret-tool", "store", "--label=ready", "is", "ready"], env=environment, input=b"yes",
            capture_output=True, timeout=20).returncode == 0)
        yield
