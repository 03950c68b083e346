"""What stands for and against a finding."""
