"""The certificate of the S3 server, and what has Java trust it."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

PASSWORD = 'changeit'
# Deriving a key from the password would be the largest single item of a start; the JDK's own store needs none.
WITHOUT_KEY = ('-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE', '-J-Dkeystore.pkcs12.macAlgorithm=NONE')


@dataclass(frozen=True)
class Certificate:
    """RSA with 2,048 bits, as S3's own; signed by itself."""

    file: Path
    key: Path
    trust_store: Path

    def java_options(self) -> list[str]:
        """Has a JVM trust it, beside the authorities that the JDK trusts."""
        return [f'-Djavax.net.ssl.trustStore={self.trust_store}']


def create(folder: Path, java: str) -> Certificate:
    """Makes a new one for 127.0.0.1 and localhost."""
    certificate = Certificate(folder / 's3-cert.pem', folder / 's3-key.pem', folder / 's3-trust')
    certificate.trust_store.unlink(missing_ok=True)
    _run('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=s3',
         '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-keyout', str(certificate.key),
         '-out', str(certificate.file))
    home = Path(shutil.which(java) or java).resolve().parents[1]
    shutil.copyfile(home / 'lib/security/cacerts', certificate.trust_store)
    _run(str(home / 'bin/keytool'), '-importcert', '-noprompt', '-alias', 's3', '-file', str(certificate.file),
         '-keystore', str(certificate.trust_store), '-storepass', PASSWORD, *WITHOUT_KEY)
    return certificate


def _run(*command: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f'{command[0]} ended with {done.returncode}: {done.stdout}{done.stderr}')
