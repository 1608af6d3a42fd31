"""The answers as text, JSON, SARIF, JUnit, Markdown and annotations."""
