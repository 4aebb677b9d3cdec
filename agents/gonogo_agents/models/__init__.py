"""Calls of models: back ends, keys, budgets, record and replay. All of it runs in the engine, never in a worker."""
