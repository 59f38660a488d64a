"""The parts of the decision path: the question read, the answer written."""
