"""What a person can ask and change about their own slates: why they are as they are, and how the next ones shall be."""
