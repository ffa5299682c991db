"""What serves the same files with the frameworks' own means, each in the few lines that its documentation shows."""
