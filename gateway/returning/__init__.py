"""What a start does about people whom an older copy of the records brought back, or whose denials it lacks."""
