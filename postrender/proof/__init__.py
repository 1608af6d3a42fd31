"""What can run: placement of pods on the declared nodes."""
