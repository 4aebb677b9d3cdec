"""The A to G loop: duties, transitions, sign-off, stores. langgraph is imported on this floor alone, and late."""
