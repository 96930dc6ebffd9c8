"""What a run will take on this machine: measured in short runs, added up."""
