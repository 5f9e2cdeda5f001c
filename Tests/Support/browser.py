"""A real Chromium, and what a person does in it.

Its start costs as much as a test: a browser that is closed is kept for the next one, without anything that it knew.
"""

import collections
import importlib.resources
import re
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

AXE = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()
TOKEN = re.compile(r"jtn_[0-9A-Za-z]{38}")

# Closed browsers of this process, by what they refuse.
_waiting = collections.defaultdict(list)


def end_closed():
    """Ends the programs that closed browsers have left."""
    for driver in (driver for drivers in _waiting.values() for driver in drivers):
        driver.quit()
    _waiting.clear()


class Browser:
    """Chromium, driven by what a person sees: labels, buttons, links, headings."""

    def __init__(self, url, scripts=True, theme="light", width=1200, host=None, cookies=True, arguments=()):
        self.url = url
        self.scripts = scripts
        self.arguments = list(arguments)
        if host:  # a name that is this machine
            self.arguments.append(f"--host-resolver-rules=MAP {host} 127.0.0.1")
        self.refused = tuple(name for name, taken in (("javascript", scripts), ("cookies", cookies)) if not taken)
        waiting = () if self.arguments else _waiting[self.refused]
        self.driver = waiting.pop() if waiting else self._started()
        self.show(theme, width)

    def _started(self):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", *self.arguments):
            options.add_argument(argument)
        options.add_experimental_option("prefs", {
            f"profile.managed_default_content_settings.{name}": 2 for name in self.refused})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        return webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))

    def show(self, theme, width):
        """Lets pages come in that theme, on a screen of that width."""
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {"features": [{"name": "prefers-color-scheme", "value": theme},
                          {"name": "prefers-reduced-motion", "value": "reduce"}]})
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})

    def close(self):
        """Ends it, or keeps the program for the next browser of its kind."""
        if self.arguments:
            self.driver.quit()
            return
        try:
            self._forget()
        except WebDriverException:
            self.driver.quit()
        else:
            _waiting[self.refused].append(self.driver)

    def _forget(self):
        """Makes the program as it was at its start: one empty window, and no trace of what was visited."""
        first, *others = self.driver.window_handles
        for window in others:
            self.driver.switch_to.window(window)
            self.driver.close()
        self.driver.switch_to.window(first)
        self.driver.get("about:blank")
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
        self.driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"})
        self.driver.execute_cdp_cmd("Page.resetNavigationHistory", {})
        self.driver.set_script_timeout(30)
        self.driver.get_log("browser")

    # Going about

    def go(self, path):
        self.driver.get(self.url + path)

    @property
    def path(self):
        return urlsplit(self.driver.current_url).path

    @property
    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    @property
    def heading(self):
        return self.driver.find_element(By.TAG_NAME, "h1").text

    def find(self, tag, name):
        """The element of that tag that a screen reader calls `name`."""
        named = [each for each in self.driver.find_elements(By.TAG_NAME, tag)
                 if each.is_displayed() and each.accessible_name.strip() == name]
        assert len(named) == 1, f"{len(named)} visible <{tag}> are called “{name}” on {self.path}:\n{self.text}"
        return named[0]

    def click(self, tag, name):
        """Clicks what leads to another page, and waits until that is there."""
        old = self.driver.find_element(By.TAG_NAME, "html")
        self.find(tag, name).click()
        self.await_page(old)

    def await_page(self, old):
        def is_new(driver):
            try:
                old.is_enabled()
                return False
            except WebDriverException:  # chromedriver has several names for "no longer there"
                return driver.find_elements(By.TAG_NAME, "h1")

        WebDriverWait(self.driver, 30, 0.05).until(is_new)

    def fill(self, label, value):
        field = self.find("input", label)
        field.clear()
        field.send_keys(value)

    def choose(self, label):
        """Picks a radio button by the first line of its label."""
        for each in self.driver.find_elements(By.TAG_NAME, "label"):
            if each.is_displayed() and each.text.split("\n")[0].strip() == label:
                each.click()
                return
        raise AssertionError(f"there is no choice “{label}”:\n{self.text}")

    def open_form(self, summary):
        """Unfolds a form, unless it stands open."""
        for details in self.driver.find_elements(By.TAG_NAME, "details"):
            head = details.find_element(By.TAG_NAME, "summary")
            if head.text.strip() == summary:
                if details.get_attribute("open") is None:
                    head.click()
                return
        raise AssertionError(f"there is no “{summary}”:\n{self.text}")

    # What holds for every page

    def check(self):
        """Accessible, no wider than the screen, no complaint in the console, no secret in the source."""
        if not self.scripts:
            return
        told = self.violations()
        assert not told, f"{self.path}: " + "\n".join(told)
        wide = self.driver.execute_script(
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{self.path} is {wide} pixels too wide"
        complaints = self.complaints()
        assert not complaints, f"{self.path}: {complaints}"

    def violations(self, rules=None):
        """What axe-core finds: by the rules with those tags, or by all that a page must keep."""
        if not self.driver.execute_script("return typeof axe !== 'undefined'"):
            self.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE})
        violations = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "axe.run(document, {runOnly: arguments[0], resultTypes: ['violations']})"
            ".then(found => done(found.violations), error => done(['' + error]));",
            rules or ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
        return [f"{found['id']}: {found['help']}: {[node['html'][:200] for node in found['nodes']]}"
                if isinstance(found, dict) else found for found in violations]

    def complaints(self):
        """What the console has got since the last look. That a page itself came with 404 or 422 is no complaint;
        anything that it asked for is."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if not re.match(r"\S+/(welcome\S*|nothing|oauth/authorize|sign-in|tokens|tokens/\w+/reveal) - .* status of 4",
                                entry["message"])]
