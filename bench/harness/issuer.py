"""An issuer of RS256 tokens with a key of its own."""

import base64
import hashlib
import json
import re
import subprocess
import time
from pathlib import Path

ISSUER = 'https://issuer.bench'
AUDIENCE = 'image-origin'
HOURS = 12
# DigestInfo of SHA-256 (RFC 8017 section 9.2).
_DIGEST_INFO = bytes.fromhex('3031300d060960864801650304020105000420')


class Issuer:
    """Signs by plain RSA arithmetic: ten milliseconds a token, without a library."""

    def __init__(self, folder: Path):
        private = folder / 'issuer.pem'
        self.public_key = folder / 'issuer-public.pem'
        _openssl('genrsa', '-out', str(private), '2048')
        _openssl('rsa', '-in', str(private), '-pubout', '-out', str(self.public_key))
        text = _openssl('rsa', '-in', str(private), '-noout', '-text')
        self.modulus = _number(text, 'modulus')
        self.exponent = _number(text, 'privateExponent')

    def token(self, subject: str, scope: str | None = None) -> str:
        """A token that may read the project of the hot images, and what the scope allows."""
        now = int(time.time())
        claims = {'iss': ISSUER, 'aud': AUDIENCE, 'sub': subject, 'iat': now, 'exp': now + HOURS * 3600,
                  'projects': ['hot', 'zipf'], **({'scope': scope} if scope else {})}
        signed = _encode(json.dumps({'alg': 'RS256', 'typ': 'JWT'}).encode()) + '.' \
            + _encode(json.dumps(claims).encode())
        return signed + '.' + _encode(self._signature(signed.encode()))

    def _signature(self, signed: bytes) -> bytes:
        length = (self.modulus.bit_length() + 7) // 8
        digest = _DIGEST_INFO + hashlib.sha256(signed).digest()
        padded = b'\x00\x01' + b'\xff' * (length - len(digest) - 3) + b'\x00' + digest
        return pow(int.from_bytes(padded, 'big'), self.exponent, self.modulus).to_bytes(length, 'big')


def _openssl(*arguments: str) -> str:
    return subprocess.run(['openssl', *arguments], check=True, capture_output=True, text=True).stdout


def _number(text: str, name: str) -> int:
    return int(re.sub('[^0-9a-f]', '', re.search(name + ':([0-9a-f:\\s]+)', text)[1]), 16)


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b'=').decode()
