"""Remote truth: what the forge said of a commit's checks, once, from a file; judged, and judged again from bytes."""

from gonogo_policies.remote.judge import CHECK, Remote, judge_remote, remote_of
from gonogo_policies.remote.snapshot import Snapshot, State, read_snapshot

__all__ = ["CHECK", "Remote", "Snapshot", "State", "judge_remote", "read_snapshot", "remote_of"]
