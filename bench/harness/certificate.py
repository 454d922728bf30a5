"""The certificate of the S3 server, and what has Java trust it."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

PASSWORD = 'changeit'


@dataclass(frozen=True)
class Certificate:
    """RSA with 2,048 bits, as S3's own; signed by itself."""

    file: Path
    key: Path
    trust_store: Path

    def java_options(self) -> list[str]:
        """Has a JVM trust it, and nothing else."""
        return [f'-Djavax.net.ssl.trustStore={self.trust_store}', f'-Djavax.net.ssl.trustStorePassword={PASSWORD}',
                '-Djavax.net.ssl.trustStoreType=PKCS12']


def create(folder: Path, java: str) -> Certificate:
    """Makes a new one for 127.0.0.1 and localhost."""
    certificate = Certificate(folder / 's3-cert.pem', folder / 's3-key.pem', folder / 's3-trust.p12')
    certificate.trust_store.unlink(missing_ok=True)
    _run('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=s3',
         '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-keyout', str(certificate.key),
         '-out', str(certificate.file))
    _run(str(Path(java).parent / 'keytool'), '-importcert', '-noprompt', '-alias', 's3', '-file',
         str(certificate.file), '-storetype', 'PKCS12', '-keystore', str(certificate.trust_store),
         '-storepass', PASSWORD)
    return certificate


def _run(*command: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f'{command[0]} ended with {done.returncode}: {done.stdout}{done.stderr}')
