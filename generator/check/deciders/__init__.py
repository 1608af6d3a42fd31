"""What evidence says of the requirements: one module for each subject."""
