"""The rules of a layer run with models: contracts of answers, prompts, identities and budgets. Pure."""
