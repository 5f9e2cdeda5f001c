"""Notices as people and programs get them: by mail, by webhook and at the bell."""

import contextlib
import re
import sqlite3
import subprocess
import time

import pytest
import requests
from standardwebhooks import Webhook

from jeton import BINARY, Jeton, free_port, hidden_fields, in_seconds, wait_for
from postgresql import PostgreSQL, node
from receivers import Endpoint, Mailbox

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAbCdEfGh"


def write_configuration(folder, mail, hook, metrics, more=""):
    (folder / "hook.secret").write_text(SECRET + "\n")
    hooks = f"""
  webhooks:
    ops: {{ url: "{hook.url}", secret_file: {folder}/hook.secret }}"""
    (folder / "jeton.yaml").write_text(f"""
metrics: {{ listen: "127.0.0.1:{metrics}" }}
notices:
  mail:
    server: 127.0.0.1:{mail.port}
    security: none
    from: Jeton <tokens@desk.example>{hooks}
{more}
services:
  maven: {{ title: Maven repository, passwords: transition }}
""")
    return folder / "jeton.yaml"


@contextlib.contextmanager
def desk(folder, more=""):
    """A desk with a mail server and a webhook, and alice."""
    with Mailbox(free_port()) as mail, Endpoint(free_port()) as hook:
        metrics = free_port()
        with Jeton(folder, config=write_configuration(folder, mail, hook, metrics, more)) as jeton:
            jeton.metrics = metrics
            jeton.add_user("alice", "--admin", "--email", "alice@example.com")
            jeton.mail, jeton.hook = mail, hook
            # What alice does herself she is not told of.
            jeton.manager = jeton.api()
            # What tells of her own account has come, and nothing of it is in the way.
            wait_for(lambda: jeton.figure("jeton_notices_sending") == 1)
            settle(jeton)
            yield jeton


def settle(jeton):
    """Waits until nothing is under way."""
    quiet = 0
    while quiet < 3:
        time.sleep(0.5)
        rows = rows_of(jeton, "SELECT count(*) FROM deliveries WHERE state = 'waiting' AND digest_on IS NULL")
        behind = rows_of(jeton, """SELECT count(*) FROM events WHERE id >
            coalesce((SELECT reached FROM event_cursors WHERE name = 'notices'), 0)""")
        quiet = quiet + 1 if rows == behind == [(0,)] else 0
    jeton.mail.mails.clear()
    jeton.hook.hooks.clear()


def rows_of(jeton, sql, *values, write=False):
    with contextlib.closing(sqlite3.connect(jeton.data / "jeton.db", timeout=20)) as database:
        rows = database.execute(sql, values).fetchall()
        if write:
            database.commit()
        return rows


def figure(self, name):
    found = re.search(rf"^{name} ([\d.]+)$", requests.get(f"http://127.0.0.1:{self.metrics}/metrics", timeout=20).text, re.M)
    return float(found.group(1)) if found else None


Jeton.figure = figure


@pytest.fixture
def jeton(tmp_path):
    with desk(tmp_path) as jeton:
        yield jeton


def command(jeton, *arguments, check=True):
    return jeton.run(*arguments, "--config", jeton.config, check=check)


def test_what_somebody_else_did_is_mailed_posted_and_shown(jeton):
    secret = jeton.manager.create("nightly").secret
    jeton.revoke("nightly")
    (mail,) = wait_for(lambda: jeton.mail.mails)
    assert mail.recipient == "alice@example.com"
    assert mail.message["Subject"] == "Your token “nightly” was revoked"
    assert len(mail.message["Subject"]) <= 60
    assert mail.message["Auto-Submitted"] == "auto-generated" and mail.message["Message-ID"]
    assert f"{jeton.url}/tokens/" in mail.text and f"{jeton.url}/tokens/" in mail.html
    assert secret not in mail.raw.decode()
    (hook,) = wait_for(lambda: jeton.hook.hooks)
    told = Webhook(SECRET).verify(hook.body, hook.headers)
    assert told["type"] == "token.revoked" and told["data"]["title"] == "Your token “nightly” was revoked"
    time.sleep(2)
    assert len(jeton.mail.mails) == len(jeton.hook.hooks) == 1

    session = jeton.sign_in()
    page = session.get(jeton.url + "/tokens").text
    assert re.search(r'aria-label="Notices: \d+ new notices?"', page)
    shown = session.get(jeton.url + "/notices").text
    assert "Your token “nightly” was revoked" in shown and ">See the token</a>" in shown
    read = session.post(
        jeton.url + "/notices/read", data=shown_form(shown, "/notices/read"), headers={"Origin": jeton.url})
    assert read.status_code == 200 and 'aria-label="Notices"' in read.text


def shown_form(page, action):
    return hidden_fields(page, action)


def test_a_choice_turns_mail_off_and_some_kinds_cannot_be_turned_off(jeton):
    session = jeton.sign_in()
    page = session.get(jeton.url + "/account").text
    assert 'name="notice-revoked"' in page and 'name="notice-leak"' not in page
    answer = session.post(
        jeton.url + "/account/notices",
        data={**hidden_fields(page, "/account/notices"), "notice-revoked": "off", "notice-leak": "off"},
        headers={"Origin": jeton.url})
    assert answer.status_code == 200 and "told as you chose" in answer.text
    jeton.manager.create("quiet")
    jeton.revoke("quiet")
    wait_for(lambda: jeton.hook.hooks)
    time.sleep(2)
    assert not jeton.mail.mails
    assert "“quiet”" in session.get(jeton.url + "/notices").text


def test_a_digest_gathers_a_day_and_one_click_ends_it(jeton):
    session = jeton.sign_in()
    page = session.get(jeton.url + "/account").text
    session.post(
        jeton.url + "/account/notices",
        data={**hidden_fields(page, "/account/notices"), "notice-revoked": "daily"},
        headers={"Origin": jeton.url})
    for name in ("one", "two"):
        jeton.manager.create(name)
        jeton.revoke(name)
    wait_for(lambda: rows_of(jeton, "SELECT count(*) FROM deliveries WHERE digest_on IS NOT NULL") == [(2,)])
    time.sleep(1)
    assert not jeton.mail.mails
    rows_of(jeton, "UPDATE deliveries SET next_at = 0 WHERE digest_on IS NOT NULL", write=True)
    (mail,) = wait_for(lambda: jeton.mail.mails)
    assert mail.message["Subject"] == "2 notices about your tokens and your account"
    assert "“one”" in mail.text and "“two”" in mail.text
    link = re.search(r"<(http[^>]+)>", mail.message["List-Unsubscribe"]).group(1)
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link.startswith(jeton.url)
    assert "End the digest" in requests.get(link, timeout=10).text
    assert requests.post(link[:-1] + "x", data={"List-Unsubscribe": "One-Click"}, timeout=10).status_code == 404
    answer = requests.post(link, data={"List-Unsubscribe": "One-Click"}, timeout=10)
    assert answer.status_code == 200 and "no more digests" in answer.text
    assert rows_of(jeton, "SELECT kind, choice FROM notice_choices") == [("revoked", "off")]


def test_what_fails_is_listed_and_sent_again(jeton):
    jeton.mail.recipients.append("550 5.1.1 no such mailbox")
    jeton.manager.create("lost")
    jeton.revoke("lost")
    failed = wait_for(lambda: [
        line for line in command(jeton, "notices", "list", "--state", "failed").stdout.splitlines()[1:]])
    assert len(failed) == 1 and "status 550" in failed[0] and "alice" in failed[0]
    session = jeton.sign_in()
    page = session.get(jeton.url + "/admin/notices?state=failed").text
    assert "status 550" in page and "Send again" in page
    assert jeton.figure("jeton_notices_failed") is not None
    id = failed[0].split()[0]
    assert "sent again" in command(jeton, "notices", "send-again", id).stdout
    assert [mail.message["Subject"] for mail in wait_for(lambda: jeton.mail.mails)][0] == "Your token “lost” was revoked"
    again = command(jeton, "notices", "send-again", id, check=False)
    assert again.returncode == 1 and "nothing of it has failed" in again.stderr


def test_a_mail_server_that_comes_back_gets_everything_with_the_same_identifiers(jeton):
    jeton.mail.answers += ["451 later", "421 busy"]
    jeton.manager.create("late")
    jeton.revoke("late")
    rows = wait_for(lambda: rows_of(jeton, "SELECT last_error FROM deliveries WHERE state = 'waiting' AND attempts > 0"))
    assert "451" in rows[0][0]
    # The next try is five seconds later, and the one after that five minutes.
    wait_for(lambda: rows_of(jeton, "SELECT 1 FROM deliveries WHERE state = 'waiting' AND attempts > 1"))
    rows_of(jeton, "UPDATE deliveries SET next_at = 0 WHERE state = 'waiting'", write=True)
    (mail,) = wait_for(lambda: jeton.mail.mails)
    assert mail.message["Subject"] == "Your token “late” was revoked"


def test_an_endpoint_that_is_gone_is_disabled_until_somebody_enables_it(jeton):
    jeton.hook.answers.append(410)
    jeton.manager.create("gone")
    jeton.revoke("gone")
    wait_for(lambda: any(mail.message["Subject"] == "The webhook “ops” was disabled" for mail in jeton.mail.mails))
    session = jeton.sign_in()
    assert "webhook/ops" in session.get(jeton.url + "/admin/notices").text
    listed = command(jeton, "notices", "list")
    assert "webhook/ops is disabled" in listed.stderr
    jeton.manager.create("unheard")
    jeton.revoke("unheard")
    time.sleep(3)
    assert len(jeton.hook.hooks) == 1
    assert "enabled webhook/ops" in command(jeton, "notices", "enable", "webhook/ops").stdout
    jeton.manager.create("heard")
    jeton.revoke("heard")
    wait_for(lambda: len(jeton.hook.hooks) == 2)
    assert b"heard" in jeton.hook.hooks[1].body


def test_a_test_message_says_what_was_answered(jeton):
    told = command(jeton, "notices", "test", "--to", "bob@example.com")
    assert told.stdout == "mail: it was taken\n"
    assert jeton.mail.mails[-1].recipient == "bob@example.com"
    jeton.mail.recipients.append("550 who?")
    refused = command(jeton, "notices", "test", "--to", "bob@example.com", check=False)
    assert refused.returncode == 1 and "status 550" in refused.stderr
    assert command(jeton, "notices", "test").stdout == "ops: it was taken\n"
    Webhook(SECRET).verify(jeton.hook.hooks[-1].body, jeton.hook.hooks[-1].headers)
    jeton.hook.answers.append((301, {"Location": "/elsewhere"}))
    moved = command(jeton, "notices", "test", "--endpoint", "ops", check=False)
    assert moved.returncode == 1 and "redirect" in moved.stderr
    unknown = command(jeton, "notices", "test", "--endpoint", "nope", check=False)
    assert unknown.returncode == 1 and "ops" in unknown.stderr


def test_an_expiry_is_told_with_where_the_token_is_used(jeton):
    secret = jeton.manager.create("release", expires_at=in_seconds(int(6.5 * 86400))).secret
    jeton.verify(headers={"Authorization": f"Bearer {secret}", "User-Agent": "Apache-Maven/3.9.9"})
    wait_for(lambda: rows_of(jeton, "SELECT 1 FROM last_uses WHERE service = 'maven'"))
    # Its expiry was chosen two months ago.
    rows_of(jeton, "UPDATE tokens SET expiry_set_at = created_at - 60 * 86400000", write=True)
    jeton.stop()
    jeton.start()
    (mail,) = wait_for(lambda: jeton.mail.mails)
    assert re.fullmatch(r"Your token “release” expires in [67] days", mail.message["Subject"])
    assert "Maven" in mail.text and "/rotate" in mail.text and "127.0.0.1" in mail.text
    jeton.stop()
    jeton.start()
    time.sleep(3)
    assert len(jeton.mail.mails) == 1


def test_owners_are_asked_about_many_tokens(jeton):
    jeton.add_user("bob", "--email", "bob@example.com")
    jeton.make_token("old", user="bob")
    settle(jeton)
    session = jeton.sign_in()
    page = session.get(jeton.url + "/admin/tokens").text
    id = rows_of(jeton, "SELECT id FROM tokens WHERE name = 'old'")[0][0]
    token = "".join("0123456789abcdefghjkmnpqrstvwxyz"[id >> shift & 31] for shift in range(60, -1, -5))
    chosen = session.post(
        jeton.url + "/admin/bulk", data={**hidden_fields(page, "/admin/bulk"), "token": token},
        headers={"Origin": jeton.url})
    assert "Notify their owners" in chosen.text
    path = chosen.url.removeprefix(jeton.url)
    answer = session.post(
        chosen.url, data={**hidden_fields(chosen.text, path.split("?")[0]), "act": "notify", "reason": "Is it still needed?"},
        headers={"Origin": jeton.url})
    assert "The owners of 1 token get a notice." in answer.text, answer.text[:3000]
    (mail,) = wait_for(lambda: jeton.mail.mails)
    assert mail.recipient == "bob@example.com" and "Is it still needed?" in mail.text
    assert mail.message["Subject"] == "Your token “old” needs your attention"


def test_a_steward_sets_a_webhook_where_the_operator_allows_it(tmp_path):
    with desk(tmp_path, more="  team_webhooks: { allowed: [localhost] }") as jeton:
        command(jeton, "account", "add", "bot-ci", "--purpose", "Builds", "--steward", "alice", "--owners", "build-team")
        session = jeton.sign_in()
        account = re.search(r'href="(/accounts/\w+)"', session.get(jeton.url + "/accounts").text).group(1)
        page = session.get(f"{jeton.url}{account}/webhook").text

        def send(url):
            return session.post(
                f"{jeton.url}{account}/webhook", data={**hidden_fields(page, f"{account}/webhook"), "url": url},
                headers={"Origin": jeton.url})

        for url, why in (("http://localhost/x", "https://"), ("https://evil.example/x", "localhost")):
            refused = send(url)
            assert refused.status_code == 422 and why in refused.text
        answer = send(f"https://localhost:{jeton.hook.port}/team")
        secret = re.search(r"whsec_[\w+/=]+", answer.text).group()
        assert secret not in session.get(f"{jeton.url}{account}/webhook").text
        for row in rows_of(jeton, "SELECT * FROM account_webhooks"):
            assert secret not in map(str, row)
        jeton.make_token("deploy", user="bot-ci")
        jeton.revoke("deploy", user="bot-ci")
        # It is allowed by name, and its address is of this machine.
        (row,) = wait_for(lambda: rows_of(
            jeton, "SELECT last_error FROM deliveries WHERE channel LIKE 'team/%' AND attempts > 0"))
        assert "private network" in row[0]
        assert not any(hook.path == "/team" for hook in jeton.hook.hooks)


def test_a_crash_between_writing_and_sending_loses_nothing(tmp_path):
    with desk(tmp_path) as jeton:
        jeton.mail.delay = 1
        names = [f"crash {number}" for number in range(6)]
        for name in names:
            jeton.manager.create(name)
            jeton.revoke(name)
            # In the middle of it: before the notice is written, while it is sent, after it was taken.
            time.sleep(0.4 * (names.index(name) + 1))
            jeton.kill()
            jeton.start()
        jeton.mail.delay = 0

        def told():
            return {mail.message["Subject"] for mail in jeton.mail.mails}

        wait_for(lambda: all(any(f"“{name}”" in subject for subject in told()) for name in names), seconds=60)
        settle_only(jeton)
        for name in names:
            mails = [mail for mail in jeton.mail.mails if f"“{name}” was revoked" == mail.message["Subject"][11:]]
            assert 1 <= len(mails) <= 2, (name, len(mails))
            assert len({mail.message["Message-ID"] for mail in mails}) == 1
            hooks = [hook for hook in jeton.hook.hooks if f"{name}” was revoked".encode() in hook.body]
            assert 1 <= len(hooks) <= 2 and len({hook.headers["webhook-id"] for hook in hooks}) == 1


def settle_only(jeton):
    wait_for(lambda: rows_of(jeton, "SELECT count(*) FROM deliveries WHERE state = 'waiting'") == [(0,)], seconds=60)


def test_bad_keys_are_told_with_their_place(tmp_path):
    (tmp_path / "jeton.yaml").write_text("""
notices:
  always: [leaks]
  digest_at: 25:00
  mail: { server: mail.example.com, from: nobody }
  webhooks:
    ops: { url: "ftp://x" }
""")
    result = subprocess.run(
        [BINARY, "check-config", "--config", tmp_path / "jeton.yaml"], capture_output=True, text=True, timeout=30)
    assert result.returncode == 2
    for words in ("jeton.yaml:3:", "a kind of notice", "time of day such as 07:00", "mail.example.com:465",
                  "a mail address such as", "http or https address"):
        assert words in result.stderr, result.stderr


def test_three_nodes_tell_each_thing_and_another_goes_on_where_one_was_killed(tmp_path):
    with PostgreSQL() as postgresql, Mailbox(free_port()) as mail, contextlib.ExitStack() as stack:
        ports = {name: free_port() for name in "abc"}
        nodes = [
            node(
                tmp_path / name, postgresql, stale_for="4s", metrics={"listen": f"127.0.0.1:{ports[name]}"},
                notices={"mail": {
                    "server": f"127.0.0.1:{mail.port}", "security": "none", "from": "tokens@desk.example"}})
            for name in "abc"
        ]
        for server in nodes:
            server.metrics = ports[server.folder.name]
            server.start()
            stack.callback(lambda server=server: server.process and server.kill())
        nodes[0].add_user("alice", "--admin", "--email", "alice@example.com")

        def sender():
            return next((one for one in nodes if one.process and one.figure("jeton_notices_sending")), None)

        names = [f"node {number}" for number in range(3)]
        for number, name in enumerate(names):
            working = wait_for(sender, seconds=60)
            other = next(one for one in nodes if one is not working)
            other.make_token(name)
            other.revoke(name)
            time.sleep(0.5 * number)
            working.kill()
            working.start()

        def count(name):
            return [m for m in mail.mails if f"“{name}” was revoked" in m.message["Subject"]]

        wait_for(lambda: all(count(name) for name in names), seconds=120, every=0.2)
        time.sleep(5)
        for name in names:
            assert 1 <= len(count(name)) <= 2 and len({m.message["Message-ID"] for m in count(name)}) == 1
