"""`python -m oms_app.cli` is `oms`."""

from oms_app.cli import main

if __name__ == "__main__":
    main()
