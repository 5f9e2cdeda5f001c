"""What else tells whether a token is good, each deployed as its own documentation says.

Their tokens are made over their own interfaces, once, and kept with their state in .build/bench/peers.
"""

import base64
import json
import secrets
import shutil
import sqlite3
import subprocess
import uuid
from pathlib import Path
from urllib.parse import urlencode

import requests

from load import request
from servers import Server

CLIENT = "bench"
SECRET = "bench-secret"
BASIC = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()


class Peer(Server):
    """A server whose state is kept, with `count` tokens."""

    def __init__(self, folder, count):
        super().__init__(folder)
        self.count = count
        # Its own paths stand in its state: where it was moved it is set up anew.
        mark = self.folder / "set-up"
        self.is_set_up = mark.exists() and mark.read_text() == str(self.folder)
        if not self.is_set_up:  # nor half of it
            shutil.rmtree(self.folder)
            self.folder.mkdir()
        # Its addresses stand in its state, so its port stays the same.
        port = self.folder / "port"
        if port.exists():
            self.port = int(port.read_text())
        port.write_text(str(self.port))

    def start(self, within=180):
        if not self.is_set_up:
            self.set_up()
        super().start(within)
        if not self.is_set_up:
            self.configure()
            (self.folder / "set-up").write_text(str(self.folder))
        self.prepare([self.question(token) for token in self._tokens()])
        return self

    def set_up(self):
        """Writes its configuration, before the first start."""

    def configure(self):
        """What is asked of it after the first start."""

    def make_token(self):
        """A new token."""
        raise NotImplementedError

    def question(self, token):
        """The request that asks about a token."""
        raise NotImplementedError

    def _tokens(self):
        kept = self.folder / "tokens"
        tokens = kept.read_text().split() if kept.exists() else []
        with kept.open("a") as file:
            kept.chmod(0o600)
            while len(tokens) < self.count:
                tokens.append(self.make_token())
                file.write(tokens[-1] + "\n")
        return tokens[:self.count]


class OAuthPeer(Peer):
    """One that is asked by RFC 7662, by the client whose tokens they are."""

    token_path = "/oauth/token"
    introspection_path = "/oauth/introspect"

    def make_token(self):
        answer = requests.post(
            self.url + self.token_path, auth=(CLIENT, SECRET), timeout=60,
            data={"grant_type": "client_credentials", "scope": "bench"})
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        return answer.json()["access_token"]

    def question(self, token):
        return request(
            self.introspection_path, BASIC, "POST", form=urlencode({"token": token}), host=f"127.0.0.1:{self.port}")

    def check(self, prepared):
        super().check(prepared)
        token = prepared.rpartition("token=")[2]
        answer = requests.post(
            self.url + self.introspection_path, auth=(CLIENT, SECRET), data={"token": token}, timeout=60)
        assert answer.json().get("active") is True, answer.text


class Glewlwyd(OAuthPeer):
    """Debian's glewlwyd over its SQLite schema, with its OpenID Connect plugin
    (https://github.com/babelouest/glewlwyd)."""

    SCHEMA = Path("/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3")
    token_path = "/api/oidc/token"
    introspection_path = "/api/oidc/introspect"
    ready_path = "/config"

    @property
    def command(self):
        return ["/usr/bin/glewlwyd", f"--config-file={self.folder}/glewlwyd.conf"]

    def set_up(self):
        with sqlite3.connect(self.folder / "glewlwyd.db") as database:
            database.executescript(self.SCHEMA.read_text())
        (self.folder / "none").mkdir(exist_ok=True)
        (self.folder / "glewlwyd.conf").write_text(f"""
port = {self.port}
bind_address = "127.0.0.1"
external_url = "{self.url}/"
login_url = "login.html"
api_prefix = "api"
static_files_path = "{self.folder}/none/"
log_mode = "console"
log_level = "ERROR"
cookie_domain = "127.0.0.1"
cookie_secure = 0
session_expiration = 2419200
session_key = "GLEWLWYD2_SESSION_ID"
admin_scope = "g_admin"
profile_scope = "g_profile"
user_module_path = "/usr/lib/glewlwyd/user"
user_middleware_module_path = "{self.folder}/none"
client_module_path = "/usr/lib/glewlwyd/client"
user_auth_scheme_module_path = "/usr/lib/glewlwyd/scheme"
plugin_module_path = "/usr/lib/glewlwyd/plugin"
use_secure_connection = false
secure_connection_key_file = "{self.folder}/unused"
secure_connection_pem_file = "{self.folder}/unused"
secure_connection_ca_file = "{self.folder}/unused"
hash_algorithm = "SHA512"
database = {{ type = "sqlite3" path = "{self.folder}/glewlwyd.db" }};
""")

    def configure(self):
        administrator = requests.Session()
        # What its schema comes with.
        self._send(administrator, "auth", {"username": "admin", "password": "password"})
        self._send(administrator, "scope", {
            "name": "bench", "display_name": "Bench", "description": "Bench", "password_required": False, "scheme": {}})
        key = subprocess.run(["openssl", "genrsa", "2048"], check=True, capture_output=True, text=True).stdout
        public = subprocess.run(
            ["openssl", "rsa", "-pubout"], input=key, check=True, capture_output=True, text=True).stdout
        self._send(administrator, "mod/plugin", {
            "module": "oidc", "name": "oidc", "display_name": "OpenID Connect", "parameters": {
                "iss": f"{self.url}/api/oidc", "jwt-type": "rsa", "jwt-key-size": "256", "key": key, "cert": public,
                "access-token-duration": 10 * 365 * 86400, "refresh-token-duration": 86400, "code-duration": 600,
                "refresh-token-rolling": False, "allow-non-oidc": True, "auth-type-code-enabled": True,
                "auth-type-token-enabled": False, "auth-type-id-token-enabled": True,
                "auth-type-password-enabled": False, "auth-type-client-enabled": True,
                "auth-type-refresh-enabled": True, "subject-type": "public", "scope": [],
                "additional-parameters": [], "claims": [], "introspection-revocation-allowed": True,
                "introspection-revocation-allow-target-client": True,
            }})
        self._send(administrator, "client", {
            "client_id": CLIENT, "client_secret": SECRET, "name": "Bench", "confidential": True, "enabled": True,
            "scope": ["bench"], "redirect_uri": [self.url], "authorization_type": ["client_credentials"],
            "token_endpoint_auth_method": ["client_secret_basic"]})

    def _send(self, session, path, body):
        answer = session.post(f"{self.url}/api/{path}/", json=body, timeout=60)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"


class Canaille(OAuthPeer):
    """`canaille run` over SQLite (https://canaille.readthedocs.io)."""

    ready_path = "/.well-known/openid-configuration"

    def __init__(self, folder, count, venv):
        super().__init__(folder, count)
        self.binary = Path(venv) / "bin/canaille"

    @property
    def command(self):
        return [self.binary, "run", "--bind", f"127.0.0.1:{self.port}"]

    @property
    def environment(self):
        return {**super().environment, "HOME": str(self.folder),
                "CANAILLE_CONFIG": str(self.folder / "canaille.toml")}

    def set_up(self):
        path = self.folder / "canaille.toml"
        path.write_text(f"""
SECRET_KEY = "{uuid.uuid4()}"
SERVER_NAME = "127.0.0.1:{self.port}"
PREFERRED_URL_SCHEME = "http"
[CANAILLE]
DATABASE = "sql"
TIMEZONE = "UTC"
[CANAILLE_SQL]
DATABASE_URI = "sqlite:///{self.folder}/canaille.db"
""")
        key = json.loads(self._run("jwk", "create", "rsa"))
        pairs = ", ".join(f"{name} = {json.dumps(value)}" for name, value in key.items())
        path.write_text(f"{path.read_text()}[CANAILLE_OIDC]\nACTIVE_JWKS = [{{ {pairs} }}]\n")
        self._run("install")
        made = json.loads(self._run(
            "create", "client", "--client-id", CLIENT, "--client-secret", SECRET, "--client-name", "Bench",
            "--client-uri", self.url, "--grant-types", "client_credentials",
            "--token-endpoint-auth-method", "client_secret_basic", "--scope", "bench"))
        self._run("set", "client", made["id"], "--audience", made["id"])

    def _run(self, *arguments):
        result = subprocess.run(
            [self.binary, *arguments], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=180)
        assert result.returncode == 0, f"canaille {' '.join(arguments[:2])}: {result.stderr}"
        return result.stdout


class JupyterHub(Peer):
    """A JupyterHub whose token check is asked as its services ask it: `GET /hub/api/user` at the hub itself,
    without the proxy before it (https://jupyterhub.readthedocs.io/en/stable/howto/rest.html)."""

    ready_path = "/hub/api/"

    def __init__(self, folder, count, venv):
        super().__init__(folder, count)
        self.binary = Path(venv) / "bin/jupyterhub"
        self.administrator = secrets.token_hex(32)

    @property
    def command(self):
        return [self.binary, "--config", self.folder / "jupyterhub_config.py"]

    @property
    def environment(self):
        # The administrator's token is no argument and stands in no file.
        return {**super().environment, "BENCH_ADMINISTRATOR": self.administrator}

    def start(self, within=180):
        self._write_configuration()
        return super().start(within)

    def _write_configuration(self):
        (self.folder / "jupyterhub_config.py").write_text(f"""
import os
from jupyterhub.proxy import Proxy

class NoProxy(Proxy):
    "Nothing stands before the hub: services ask it directly."
    should_start = False
    async def add_route(self, routespec, target, data): pass
    async def delete_route(self, routespec): pass
    async def get_all_routes(self): return {{}}

c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{self.port}"
c.JupyterHub.db_url = "sqlite:///{self.folder}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = "{self.folder}/cookie_secret"
c.JupyterHub.log_level = "ERROR"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.services = [{{"name": "bench", "api_token": os.environ["BENCH_ADMINISTRATOR"]}}]
c.JupyterHub.load_roles = [{{"name": "bench", "services": ["bench"],
    "scopes": ["admin:users", "tokens", "self", "read:users", "inherit"]}}]
""")

    def configure(self):
        for number in range(100):
            answer = self._send(f"users/person{number}")
            assert answer.status_code == 201, answer.text

    def make_token(self):
        answer = self._send(f"users/person{secrets.randbelow(100)}/tokens")
        assert answer.status_code in (200, 201), answer.text
        return answer.json()["token"]

    def _send(self, path):
        return requests.post(
            f"{self.url}/hub/api/{path}", json={}, timeout=60,
            headers={"Authorization": f"token {self.administrator}"})

    def question(self, token):
        return request("/hub/api/user", f"token {token}")
