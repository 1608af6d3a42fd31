"""A profile's values brought into a values file that a team keeps; its comments, order and bytes stay."""
