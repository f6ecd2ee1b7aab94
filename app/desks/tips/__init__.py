"""Tips from the telephone call to the decision, and the public form."""
