"""The evidence index: an append-only log of what every run wrote down, in open formats (RFC 6962, C2SP, DSSE).

Whoever has a checkpoint of it can show later that nothing before it was changed or left out.
"""

from gonogo_evidence.index.append import Writer, open_writer
from gonogo_evidence.index.checkpoint import Checkpoint, origin_of
from gonogo_evidence.index.entry import KINDS, Entry, Kind, Signed, from_envelope, sign
from gonogo_evidence.index.log import Log, open_log
from gonogo_evidence.index.note import Signer, VerifierKey, parse_vkey, parse_vkeys
from gonogo_evidence.index.proof import Proof
from gonogo_evidence.index.sigstore import sigstore_bundle, trusted_log

__all__ = [
    "KINDS",
    "Checkpoint",
    "Entry",
    "Kind",
    "Log",
    "Proof",
    "Signed",
    "Signer",
    "VerifierKey",
    "Writer",
    "from_envelope",
    "open_log",
    "open_writer",
    "origin_of",
    "parse_vkey",
    "parse_vkeys",
    "sign",
    "sigstore_bundle",
    "trusted_log",
]
