"""Run the commands of `python -m challenges`."""

import sys

from challenges.cli import main

if __name__ == "__main__":
    sys.exit(main())
