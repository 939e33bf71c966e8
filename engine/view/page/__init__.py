"""The page: runs in a browser, on this machine only."""
