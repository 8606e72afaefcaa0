"""What can be behind an incident: one module for each subject, one function for each cause."""
