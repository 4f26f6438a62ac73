"""``python -m geo`` does the same as ``hongxian``."""

import atexit
import gc
import sys

#: New objects after which Python looks for those that only hold each other: with its own 700 a list of ten sites is a seventh of
#: the time in such searches, as libraries being imported and short-lived frames make hundreds of thousands of them.
_COLLECT_AFTER = 100_000


def main() -> None:
    """The command line; Ctrl-C while it is still being loaded ends it without a word of ours."""
    gc.set_threshold(_COLLECT_AFTER, 20, 50)
    atexit.register(gc.freeze)  # nor are they looked for once more when all is done
    try:
        from geo.cli import main as command_line
    except KeyboardInterrupt:
        sys.exit(130)
    command_line()


if __name__ == "__main__":
    main()
