"""``python -m tests.front`` checks the form, the rules and the types of the pages' scripts."""

import sys

from tests.front.tools import lint

sys.exit(lint())
