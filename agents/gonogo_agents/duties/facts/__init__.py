"""Facts about a repository and the small shapes they have. Who needs no finder loads none: see ``finders``."""
