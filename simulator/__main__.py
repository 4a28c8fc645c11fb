"""`python -m simulator` is the console script `mobilepay-sim`."""

from simulator.cli import main

if __name__ == "__main__":
    main()
