"""What a deployment must look like: profiles, the policy compiled from them, product facts, quantities."""
