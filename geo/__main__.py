"""``python -m geo`` does the same as ``hongxian``."""

import atexit
import gc
import sys

from geo.garbage import rarely_collected


def main() -> None:
    """The command line; Ctrl-C while it is still being loaded ends it without a word of ours."""
    atexit.register(gc.freeze)  # nobody needs a last search for garbage when all is done
    with rarely_collected():
        try:
            from geo.cli import main as command_line
        except KeyboardInterrupt:
            sys.exit(130)
        command_line()


if __name__ == "__main__":
    main()
