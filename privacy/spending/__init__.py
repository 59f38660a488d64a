"""What published numbers cost people, and the one durable budget that it is taken from."""
