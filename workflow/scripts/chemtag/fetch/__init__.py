"""Published files: where they come from, how they are got and how they are checked."""
