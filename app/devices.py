"""What a browser calls itself, in words that a person recognizes: `Chrome di Android`."""

from flask_babel import gettext

BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
            ("FxiOS", "Firefox"), ("Chrome", "Chrome"), ("CriOS", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
           ("Macintosh", "Mac"), ("Linux", "Linux"))
"""The first that is found: browsers name those that they resemble, too."""


def in_words(user_agent: str | None) -> str:
    browser = next((words for mark, words in BROWSERS if mark in (user_agent or "")), None)
    system = next((words for mark, words in SYSTEMS if mark in (user_agent or "")), None)
    if browser and system:
        return gettext("%(browser)s di %(system)s", browser=browser, system=system)
    return browser or system or gettext("perangkat yang tidak dikenal")
