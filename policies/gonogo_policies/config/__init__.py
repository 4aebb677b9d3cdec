"""The operator's configuration: read, checked, and put together from the commit, the trust side and the defaults."""

from gonogo_policies.config.loader import Config, gates_declared, load_config
from gonogo_policies.config.locate import locate
from gonogo_policies.config.sources import (
    ConfigSource,
    read_folder,
    read_repository,
    repository_names,
)
from gonogo_policies.packaged import packaged_config

__all__ = [
    "Config",
    "ConfigSource",
    "gates_declared",
    "load_config",
    "locate",
    "packaged_config",
    "read_folder",
    "read_repository",
    "repository_names",
]
