"""`scalardl-gen init`: from a few answers to a commented profile of the user's own."""
