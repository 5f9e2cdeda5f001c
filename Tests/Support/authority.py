"""A certificate authority of the tests' own, for clients that insist on https."""

import subprocess


class Authority:
    """Its certificate is `certificate`; `pair` makes others that it signs."""

    def __init__(self, folder):
        self.folder = folder
        self.certificate, self.key = folder / "authority.pem", folder / "authority.key"
        self._openssl("req", "-x509", *self._new_key(self.key), "-days", "2", "-subj", "/CN=Tests", "-out",
                      self.certificate)

    def pair(self, host):
        """A certificate for `host`, with the authority's, and its key."""
        certificate, key = self.folder / f"{host}.pem", self.folder / f"{host}.key"
        request, details = self.folder / f"{host}.csr", self.folder / f"{host}.cnf"
        details.write_text(f"subjectAltName=DNS:{host}\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n")
        self._openssl("req", *self._new_key(key), "-subj", f"/CN={host}", "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
                      "-days", "2", "-extfile", details, "-out", certificate)
        return certificate, key

    @staticmethod
    def _new_key(path):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path]

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=20)

    @property
    def environment(self):
        """What has uv, npm, curl and Python trust it."""
        path = str(self.certificate)
        return {"SSL_CERT_FILE": path, "NODE_EXTRA_CA_CERTS": path, "REQUESTS_CA_BUNDLE": path, "CURL_CA_BUNDLE": path}
