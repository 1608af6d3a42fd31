"""What is known of a network, in the formats of `--format`: one module each."""
