"""``python -m gonogo``."""

import sys

from gonogo.main import main

if __name__ == "__main__":
    sys.exit(main())
