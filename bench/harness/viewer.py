"""Viewers' signed cookies, as CloudFront has them, made by openssl."""

import base64
import json
import subprocess
import time
from pathlib import Path

BASE = 'https://images.bench'
KEY_ID = 'K1BENCH'
HOURS = 12


class ViewerKey:
    """A key on the curve P-256."""

    def __init__(self, folder: Path):
        self.private_key = folder / 'viewer.pem'
        _openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', str(self.private_key))

    def cookies(self, number: int) -> str:
        """A set for the project of the hot images, another one for each number."""
        expires = int(time.time()) + HOURS * 3600 + number
        policy = json.dumps({'Statement': [{'Resource': BASE + '/proxy-image/projects/hot/*', 'Condition': {
            'DateLessThan': {'AWS:EpochTime': expires}}}]}, separators=(',', ':')).encode()
        signature = _openssl('dgst', '-sha256', '-sign', str(self.private_key), given=policy)
        return (f'CloudFront-Policy={_encode(policy)}; CloudFront-Signature={_encode(signature)}; '
                f'CloudFront-Key-Pair-Id={KEY_ID}; CloudFront-Hash-Algorithm=SHA256')

    def settings(self) -> dict[str, str]:
        """What makes image-origin take them."""
        return {'IMAGE_ORIGIN_SESSION_KEYS_0_ID': KEY_ID,
                'IMAGE_ORIGIN_SESSION_KEYS_0_PRIVATE_KEY_LOCATION': f'file:{self.private_key}',
                'IMAGE_ORIGIN_SESSION_RESOURCE_BASE': BASE}


def _openssl(*arguments: str, given: bytes = b'') -> bytes:
    return subprocess.run(['openssl', *arguments], check=True, capture_output=True, input=given).stdout


def _encode(content: bytes) -> str:
    return base64.b64encode(content).decode().translate(str.maketrans('+=/', '-_~'))
