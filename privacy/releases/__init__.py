"""What may be published of many people: a closed list of shapes, each with its bounds, its windows and its cost."""
