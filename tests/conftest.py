"""For all tests: an example of hypothesis may take as long as a busy machine needs, and Ctrl-C means what it means."""

from __future__ import annotations

import signal

from hypothesis import settings

settings.register_profile("tests", deadline=None)
settings.load_profile("tests")

# A shell starts what it puts into the background with SIGINT ignored, and whatever that starts inherits it.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
