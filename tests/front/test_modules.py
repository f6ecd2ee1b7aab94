import subprocess

from app.core import words
from tests.front import tools


def test_modules_without_a_page_pass_their_own_tests() -> None:
    files = sorted((tools.ROOT / "tests/front").glob("*.test.js"))
    hook = (tools.ROOT / "tests/front/words.js").as_uri()
    command = [str(tools.node() / "bin" / "node"), "--import", hook, "--test", *map(str, files)]
    env = {"WORDS": words.module()}
    done = subprocess.run(command, cwd=tools.ROOT, env=env, capture_output=True, text=True, check=False)
    assert files
    assert done.returncode == 0, done.stdout
