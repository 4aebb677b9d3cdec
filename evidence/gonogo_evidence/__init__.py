"""The evidence floor: canonical bytes, pack, seal, signatures, verify.

It knows nothing of graphs, roles or policies: checks about those are handed to it. It runs on the standard library,
orjson, cryptography and the schema validators, so that an auditor can take it alone.
"""
