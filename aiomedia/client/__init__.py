"""The client: downloads that end whole or not at all, of this server and of any other."""
