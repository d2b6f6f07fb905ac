"""``difference``, under the name that notebooks import; see ``utils.checking.compare``."""

from utils.checking.compare import difference

__all__ = ["difference"]
