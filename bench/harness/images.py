"""The images of the benchmark: bytes that look like JPEG and do not compress, the same in every run."""

import hashlib
import random
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

KIB, MIB = 1024, 1024 * 1024
SIZES = {'4k': 4 * KIB, '100k': 100 * KIB, '1m': MIB, '5m': 5 * MIB, '20m': 20 * MIB, '100m': 100 * MIB}
# Many thumbnails, fewer screen sizes, a few originals: 109 KiB on average, 1.1 GiB together.
MIX = (('4k', 600), ('100k', 350), ('1m', 45), ('5m', 5))
DIFFERENT = 10_000
TYPE = 'image/jpeg'

_HEADER = bytes.fromhex('ffd8ffe000104a46494600010100000100010000')
_END = bytes.fromhex('ffd9')


@dataclass(frozen=True)
class Image:
    """An image in the bucket, and the file its bytes can be compared with."""

    key: str
    file: Path

    @cached_property
    def content(self) -> bytes:
        return self.file.read_bytes()

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def length(self) -> int:
        return self.file.stat().st_size

    @property
    def path(self) -> str:
        """Where the contenders serve it."""
        return f'/proxy-image/{self.key}'


class Images:
    """The bucket as a folder. It is filled once and kept for later runs."""

    def __init__(self, folder: Path):
        self.bucket = folder / 'images'
        self._fill()

    def hot(self, size: str) -> Image:
        """The one image of that size that everybody wants."""
        key = f'projects/hot/blocks/1/{size}.jpg'
        return Image(key, self.bucket / key)

    def cold(self, name: str, size: str, paced: bool = False) -> Image:
        """The same bytes under a name that nobody has asked for yet; paced: S3 sends them slowly."""
        key = f'projects/{"paced" if paced else "cold"}/blocks/{name}/{size}.jpg'
        return Image(key, self.hot(size).file)

    def different(self) -> list[Image]:
        """Ten thousand images of all sizes, in the order of their popularity."""
        keys = (f'projects/zipf/blocks/{n // 100}/{n}.jpg' for n in range(DIFFERENT))
        return [Image(key, self.bucket / key) for key in keys]

    def _fill(self) -> None:
        done = self.bucket / '.complete'
        if done.exists():
            return
        noise = random.Random(1)
        for size, length in SIZES.items():
            _write(self.hot(size).file, _image(noise.randbytes(length), length))
        material = noise.randbytes(2 * SIZES['5m'])
        for image, size in zip(self.different(), sizes_of_different()):
            start = noise.randrange(SIZES['5m'])
            _write(image.file, _image(material[start:start + SIZES[size]], SIZES[size]))
        done.touch()


def sizes_of_different() -> list[str]:
    """The size of each of the ten thousand, independent of popularity."""
    sizes = [size for size, thousandths in MIX for _ in range(thousandths * DIFFERENT // 1000)]
    random.Random(2).shuffle(sizes)
    return sizes


def _image(noise: bytes, length: int) -> bytes:
    return (_HEADER + noise)[:length - len(_END)] + _END


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
