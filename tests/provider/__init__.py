"""A fake provider of models: a real HTTP server on loopback, with faults to order and a ledger of its own."""
