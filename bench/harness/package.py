"""image-origin as its container image has it: the jar's parts side by side, and an AOT cache trained for them."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CONTAINER = Path(__file__).resolve().parents[2] / 'container'
OPTIONS = CONTAINER / 'java.options'
COMPILER_OPTIONS = CONTAINER / 'compiler.options'
SERVICE_DIRECTIVES = CONTAINER / 'service.directives'
TRAINING_DIRECTIVES = CONTAINER / 'training.directives'
TRAINING_JAR = CONTAINER.parent / 'target' / 'image-origin-training.jar'
# On a machine of 2 GiB the heap is small, since images are kept outside of it.
HEAP = '-Xmx512m'


@dataclass(frozen=True)
class Package:
    """The Java command, the jar, options on top of the container's own ones, and where the package is made."""

    java: str
    jar: Path
    options: list[str]
    folder: Path

    def command(self, *more: str) -> list[str]:
        """How it is started."""
        return self._start(f'@{COMPILER_OPTIONS}', f'-XX:CompilerDirectivesFile={SERVICE_DIRECTIVES}',
                           f'-XX:AOTCache={self._cache}', *more)

    def prepare(self, say: Callable[[str], None]) -> None:
        """Extracts and trains it, unless that was done for the same jar and options."""
        files = (self.jar, TRAINING_JAR, OPTIONS, TRAINING_DIRECTIVES)
        made_of = f'{self.jar} {self.options} ' + ' '.join(_digest(file) for file in files)
        label = self.folder / 'made-of'
        if label.exists() and label.read_text() == made_of:
            return
        say('training the AOT cache')
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self._run(self.java, '-Djarmode=tools', '-jar', str(self.jar), 'extract', '--destination', str(self.folder))
        self._run(str(CONTAINER / 'extract-natives'), str(self.folder / 'lib'), str(self._natives))
        self._run(self.java, '-jar', str(TRAINING_JAR),
                  *self._start('-XX:+UnlockDiagnosticVMOptions', f'-XX:CompilerDirectivesFile={TRAINING_DIRECTIVES}',
                               f'-XX:AOTCacheOutput={self._cache}'))
        label.write_text(made_of)

    @property
    def _cache(self) -> Path:
        return self.folder / 'image-origin.aot'

    @property
    def _natives(self) -> Path:
        return self.folder / 'natives'

    def _start(self, *more: str) -> list[str]:
        return [self.java, f'@{OPTIONS}', f'-Djava.library.path={self._natives}', HEAP, *self.options, *more,
                '-jar', str(self.folder / self.jar.name)]

    def _run(self, *command: str) -> None:
        log = self.folder.with_suffix('.log')
        path = f'{Path(self.java).parent}:{os.environ["PATH"]}'
        with log.open('ab') as output:
            status = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False,
                                    env={**os.environ, 'PATH': path}).returncode
        if status:
            raise SystemExit(f'{" ".join(command)} ended with {status}; see {log}')


def _digest(file: Path) -> str:
    with file.open('rb') as content:
        return hashlib.file_digest(content, 'sha256').hexdigest()
