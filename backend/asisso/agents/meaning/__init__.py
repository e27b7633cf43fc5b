"""What the caller means: which of the ways out of a node the words are nearest to."""
