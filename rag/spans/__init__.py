"""The short answer: tokens of a sentence, candidate spans, what is looked at in them, and the small network."""
