"""Handing a waiting run over to another machine as one file, and taking it up there.

A run lives in one place. Handing it over ends it here, on the record and in the same transaction in which a decision
would be; whoever imports the file goes on with it. What was measured (steps A to F) is carried, sealed. What is judged
from it (step G: risks, recommendation, card, notes, request) is made again by the machine that imports, under its own
policy, and nothing of the file's own judgement is believed.
"""
