"""The cascade agent: recognition, a language model and speech in a row, with a workflow's graph as rails."""
