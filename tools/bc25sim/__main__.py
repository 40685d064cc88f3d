"""`python -m tools.bc25sim`."""

import sys

from .cli import main

sys.exit(main())
