"""``python -m rendering``."""

import sys

from rendering.cli import main

sys.exit(main())
