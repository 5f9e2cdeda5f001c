"""Nothing secret at rest: a run that makes and uses a hundred tokens, then a search of every byte."""

import base64
import hashlib
import re

import requests

from jeton import PASSWORD, Jeton, basic, hidden_fields

OTHER = "another password of some length"


def test_cve_2025_62705_no_secret_stands_in_any_file(tmp_path):
    secrets = {}

    with Jeton(tmp_path) as jeton:
        # The first account, by the one-time link.
        link = jeton.welcome_link()
        browser = requests.Session()
        form = hidden_fields(browser.get(link).text, "/welcome")
        browser.post(
            jeton.url + "/welcome", headers={"Origin": jeton.url},
            data={**form, "login": "alice", "name": "Alice", "password": PASSWORD, "password-again": PASSWORD})
        assert browser.cookies, "the first account is signed in"
        remember(secrets, "first session", browser)
        jeton.add_user("bob", password=OTHER)
        secrets["alice's password"], secrets["bob's password"] = PASSWORD, OTHER

        # Sign-ins, good and bad.
        for number in range(5):
            remember(secrets, f"session {number}", jeton.sign_in())
        remember(secrets, "bob's session", jeton.sign_in("bob", OTHER))
        secrets["mistyped password"] = "correct horse battery stable"
        page = requests.Session()
        form = hidden_fields(page.get(jeton.url + "/").text, "/sign-in")
        secrets["csrf of sign-in"] = form["csrf"]
        page.post(jeton.url + "/sign-in", headers={"Origin": jeton.url},
                  data={**form, "login": "alice", "password": secrets["mistyped password"]})

        # A hundred tokens, made in every way and used in every way.
        api = jeton.api("at rest")
        secrets["managing token"] = api.token
        for number in range(100):
            secret = jeton.make_token(f"cli {number}") if number % 4 == 0 else api.create(f"api {number}").secret
            secrets[f"token {number}"] = secret
            use(jeton, secret, number)
        listed = api.list()
        for token in listed[:10]:
            secrets[f"regenerated {token['id']}"] = api.regenerate(token["id"], 86400).secret
            api.revoke(token["id"])
        # In places where none belongs.
        one = secrets["token 1"]
        jeton.verify(params={"token": one})
        requests.get(f"{jeton.url}/tokens/{one}")
        requests.get(f"{jeton.url}/nothing/{one}", params={"code": one})
        requests.get(jeton.url + "/welcome", params={"code": one})
        requests.post(f"{jeton.url}/api/v1/tokens", data=one, headers={"Authorization": f"Bearer {api.token}"})
        requests.request("BREW", f"{jeton.url}/verify/maven", headers={"Authorization": f"Bearer {one}"})
        requests.get(f"{jeton.url}/", headers={"User-Agent": f"curl/{one}", "Referer": f"http://x/?t={one}"})
        page.post(jeton.url + "/sign-in", headers={"Origin": jeton.url},
                  data={**form, "login": one, "password": one})
        requests.post(f"{jeton.url}/api/v1/tokens", json={"name": one, "scopes": [one]},
                      headers={"Authorization": f"Bearer {api.token}"})

        jeton.run("backup", str(tmp_path / "backup.db"))
        secrets["code"] = link.split("code=")[1]
        search(tmp_path, secrets)  # with the WAL as it stands while serving
        assert jeton.stop() == 0
    search(tmp_path, secrets)


def use(jeton, secret, number):
    ways = [
        {"Authorization": basic("alice", secret)},
        {"Authorization": basic(secret, "")},
        {"Authorization": f"Bearer {secret}"},
        {"Private-Token": secret},
    ]
    assert jeton.verify(headers=ways[number % 4]).status_code == 200


def remember(secrets, name, session):
    for cookie in session.cookies:
        secrets[f"{name}: {cookie.name}"] = cookie.value


def search(folder, secrets):
    """Looks for each secret, as it is and as clients encode it, in every file."""
    assert len(secrets) > 110 and all(len(secret) >= 20 for secret in secrets.values())
    files = [path for path in folder.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert "jeton.log" in names and "backup.db" in names and any(name.endswith(".db") for name in names)
    for path in files:
        content = path.read_bytes()
        for name, secret in secrets.items():
            if (name, path.name) == ("code", "greeting.txt"):
                continue  # standard output, where it was printed for the one who reads it
            for form in forms(secret):
                where = content.find(form)
                assert where < 0, f"{name} stands in {path} at {where}: {shown(content, where)}"
        assert not re.search(rb"jtn_[0-9A-Za-z]{38}", content), f"something like a token stands in {path}"


def forms(secret):
    raw = secret.encode()
    encoded = {base64.b64encode(prefix + raw)[4:-4] for prefix in (b"xxx", b"xx", b"x")}
    return {raw, raw.hex().encode(), *encoded}


def shown(content, where):
    return content[max(0, where - 60):where].decode(errors="replace") + "…"


def test_the_search_finds_what_stands_there(tmp_path):
    """The search above would say so."""
    import pytest

    secrets = {f"secret {n}": hashlib.sha256(str(n).encode()).hexdigest() for n in range(120)}
    for name in ("jeton.log", "backup.db"):
        (tmp_path / name).write_bytes(b"nothing")
    search(tmp_path, secrets)
    for form in forms(secrets["secret 7"]):
        (tmp_path / "jeton.log").write_bytes(b"before" + form + b"after")
        with pytest.raises(AssertionError, match="secret 7"):
            search(tmp_path, secrets)
