"""What the server is measured by: `python -m bench` prints each figure beside the floor that it must reach."""
