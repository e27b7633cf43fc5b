"""What can be wrong with a workflow, one module a kind. Pure."""
