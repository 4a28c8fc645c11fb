"""What is done for each row of `routes`: each view gets a `Visit` and what its path names."""
