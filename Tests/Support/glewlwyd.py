"""Glewlwyd, a real identity provider from Debian, run in a separate folder
(https://github.com/babelouest/glewlwyd)."""

import shutil
import sqlite3
import subprocess
from pathlib import Path

import requests

from provided import Provider

SCHEMA = Path("/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3")
PAGES = Path("/usr/share/glewlwyd/webapp")
# The account in its schema.
ADMINISTRATOR = {"username": "admin", "password": "password"}


class Glewlwyd(Provider):
    """`glewlwyd`, with OpenID Connect."""

    def __init__(self, folder):
        super().__init__(folder)
        self.url = f"http://127.0.0.1:{self.port}"
        self.administrator = None

    @property
    def issuer(self):
        """Its issuer."""
        return f"{self.url}/api/oidc"

    @property
    def command(self):
        return ["/usr/bin/glewlwyd", f"--config-file={self.folder}/glewlwyd.conf"]

    def start(self):
        is_new = not self.is_prepared
        super().start()
        self.administrator = self.sign_in(**ADMINISTRATOR)
        if is_new:
            self._add_provider()
        return self

    def prepare(self):
        database = self.folder / "glewlwyd.db"
        with sqlite3.connect(database) as connection:
            connection.executescript(SCHEMA.read_text())
        (self.folder / "middleware").mkdir()
        pages = self.folder / "pages"
        shutil.copytree(PAGES, pages, ignore=shutil.ignore_patterns("config.json"), symlinks=False)
        (pages / "config.json").write_text((PAGES.parent / "templates/config.json").read_text())
        (self.folder / "glewlwyd.conf").write_text(f"""
port = {self.port}
bind_address = "127.0.0.1"
external_url = "{self.url}/"
login_url = "login.html"
api_prefix = "api"
static_files_path = "{pages}/"
static_files_mime_types = (
  {{ extension = ".html" mime_type = "text/html" compress = 0 }},
  {{ extension = ".css" mime_type = "text/css" compress = 0 }},
  {{ extension = ".js" mime_type = "application/javascript" compress = 0 }},
  {{ extension = ".json" mime_type = "application/json" compress = 0 }}
);
log_mode = "console"
log_level = "INFO"
cookie_domain = "127.0.0.1"
cookie_secure = 0
cookie_same_site = "lax"
session_expiration = 2419200
session_key = "GLEWLWYD2_SESSION_ID"
admin_scope = "g_admin"
profile_scope = "g_profile"
user_module_path = "/usr/lib/glewlwyd/user"
user_middleware_module_path = "{self.folder}/middleware"
client_module_path = "/usr/lib/glewlwyd/client"
user_auth_scheme_module_path = "/usr/lib/glewlwyd/scheme"
plugin_module_path = "/usr/lib/glewlwyd/plugin"
use_secure_connection = false
secure_connection_key_file = "{self.folder}/none"
secure_connection_pem_file = "{self.folder}/none"
secure_connection_ca_file = "{self.folder}/none"
hash_algorithm = "SHA512"
database = {{ type = "sqlite3" path = "{database}" }};
""")

    def _add_provider(self):
        key, public = self.folder / "key.pem", self.folder / "public.pem"
        for command in (["genrsa", "-out", key, "2048"], ["rsa", "-in", key, "-pubout", "-out", public]):
            subprocess.run(["openssl", *command], check=True, capture_output=True)
        self.send("mod/plugin", {
            "module": "oidc", "name": "oidc", "display_name": "OpenID Connect",
            "parameters": {
                "iss": self.issuer, "jwt-type": "rsa", "jwt-key-size": "256", "key": key.read_text(),
                "cert": public.read_text(), "access-token-duration": 3600, "refresh-token-duration": 86400,
                "code-duration": 600, "refresh-token-rolling": False, "allow-non-oidc": False,
                "auth-type-code-enabled": True, "auth-type-token-enabled": False,
                "auth-type-id-token-enabled": True, "auth-type-password-enabled": False,
                "auth-type-client-enabled": False, "auth-type-refresh-enabled": True, "jwks-show": True,
                "subject-type": "public", "scope": [], "additional-parameters": [],
                "pkce-allowed": True, "pkce-method-plain-allowed": False,
                "session-management-allowed": True, "session-cookie-name": "GLEWLWYD2_OIDC_SID",
                "session-cookie-expiration": 2419200, "back-channel-logout-allowed": True,
                # Its sign-out page requests this list, and does nothing without it.
                "front-channel-logout-allowed": True, "name-claim": "mandatory",
                "email-claim": "mandatory", "oauth-as-iss-id": True,
                "claims": [{"name": "preferred_username", "user-property": "username", "type": "string",
                            "mandatory": True, "on-demand": False, "scope": []}],
            }})

    # Its interface

    def sign_in(self, username, password):
        """A session at the provider."""
        session = requests.Session()
        answer = session.post(self.url + "/api/auth/", json={"username": username, "password": password})
        assert answer.status_code == 200, answer.text
        return session

    def send(self, path, body, method="POST"):
        answer = self.administrator.request(method, f"{self.url}/api/{path}/", json=body)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"

    def add_user(self, username, password, name, email):
        self.send("user", {"username": username, "password": password, "name": name, "email": email,
                           "enabled": True, "scope": ["openid", "g_profile"]})

    def add_client(self, client_id, secret, desk):
        """Registers the desk at that address."""
        self.send("client", {
            "client_id": client_id, "client_secret": secret, "name": "Jeton", "confidential": True,
            "enabled": True, "scope": [], "redirect_uri": [desk + "/sign-in/callback"],
            "authorization_type": ["code"], "token_endpoint_auth_method": ["client_secret_post"],
            "post_logout_redirect_uri": desk + "/",
            "backchannel_logout_uri": desk + "/sign-in/backchannel-logout",
            "backchannel_logout_session_required": "1",
        })

    def allow(self, session, client_id):
        """Consents on a person's behalf: the client may request `openid`."""
        answer = session.put(f"{self.url}/api/auth/grant/{client_id}/", json={"scope": "openid"})
        assert answer.status_code == 200, answer.text
