"""``python -m geo`` does the same as ``hongxian``."""

from geo.cli import main

if __name__ == "__main__":
    main()
