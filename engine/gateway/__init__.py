"""Models for programs in their sandboxes: counted, limited, recorded, without a key inside."""
