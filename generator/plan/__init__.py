"""`scalardl-gen plan`: whether a release can be placed, rolled, drained, lose a zone, scale; and why not."""
