"""The processes beside the gateway in which devices meet: Flower's link on the loopback, the one door to it, rounds, devices."""
