"""The commands: each file is one command and exposes ``command``; the table names them all."""
