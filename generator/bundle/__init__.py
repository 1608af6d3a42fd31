"""The bundle: a folder for each domain that can be handed to its team and is complete without the other."""
