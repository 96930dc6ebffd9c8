"""What a result was made with, and whether it is still what was made."""
