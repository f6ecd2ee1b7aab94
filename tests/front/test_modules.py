import subprocess

from tests.front import tools


def test_modules_without_a_page_pass_their_own_tests() -> None:
    files = sorted((tools.ROOT / "tests/front").glob("*.test.js"))
    command = [str(tools.node() / "bin" / "node"), "--test", *map(str, files)]
    done = subprocess.run(command, cwd=tools.ROOT, capture_output=True, text=True, check=False)
    assert files
    assert done.returncode == 0, done.stdout
