"""``python -m geo`` does the same as ``hongxian``."""

import sys


def main() -> None:
    """The command line; Ctrl-C while it is still being loaded ends it without a word of ours."""
    try:
        from geo.cli import main as command_line
    except KeyboardInterrupt:
        sys.exit(130)
    command_line()


if __name__ == "__main__":
    main()
