"""Maps for the eye; nothing is found in them."""
