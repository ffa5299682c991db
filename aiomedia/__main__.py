"""`python -m aiomedia` is `aiomedia`."""

from aiomedia.cli import main

if __name__ == "__main__":
    main()
