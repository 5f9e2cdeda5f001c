"""Jeton's tokens for detect-secrets: detect-secrets scan --plugin detect_secrets_jeton.py FOLDER

The checksum is verified, so that only real tokens are found.
"""

import re
import zlib

from detect_secrets.plugins.base import RegexBasedDetector

PREFIX = "jtn_"  # for another prefix, change it here
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def checksum(text):
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = DIGITS[digit] + digits
    return digits


class JetonDetector(RegexBasedDetector):
    secret_type = "Jeton Token"
    denylist = [re.compile(PREFIX + r"[0-9A-Za-z]{38}(?![0-9A-Za-z])")]

    def analyze_string(self, string):
        for found in super().analyze_string(string):
            if checksum(found[:-6]) == found[-6:]:
                yield found
