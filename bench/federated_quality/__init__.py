"""How good models learnt on devices are: recorded people as devices, contributions and noise as in a round, slates as on a device."""
