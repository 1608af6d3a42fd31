"""The stream as text: documents, a parsed view with positions, edits, the release as a whole."""
