"""An agent that repairs functions from their failing tests."""
