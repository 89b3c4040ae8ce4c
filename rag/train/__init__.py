"""Training of the learned parts of `rag`: `python -m rag.train sentence|confidence|span --data DIR`."""
