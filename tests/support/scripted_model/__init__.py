"""A model without a model: it knows some hundred real edits of a problem's seed, and prompts tell it which to make.

`kit` says what it can edit, `reading` what it takes from a prompt, `answering` what it replies. It is deterministic,
has no memory, and is as good as what stands in the prompt: it goes on from the best program whose code it sees, leaves
what is listed as tried in vain, takes over what is listed as a gain, and looks where the figures point.
"""
