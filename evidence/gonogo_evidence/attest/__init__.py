"""Attestations: what a sealed run says about itself in the words of the field (in-toto Statement v1, DSSE)."""

from gonogo_evidence.attest.statements import FOLDER, SOURCES, attest, derive, statements

__all__ = ["FOLDER", "SOURCES", "attest", "derive", "statements"]
