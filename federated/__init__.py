"""Learning without collecting.

Devices train on what they hold and send one thing: a clipped, quantised, masked contribution to a sum. The masks cancel
only in the sum of everybody who stayed, noise is added before anything is published, and the privacy loss of a round is
taken from the same budget as every other release. What is published is a signed model; the exact statistic never leaves.

Three checks of consent frame a round: who may be asked (the purpose `model-improvement` is in force), the device's own
check before it uploads, and a last one after the masked upload and before unmasking. Somebody who withdraws in between
stays masked for ever: the sum is simply made without them.

The statistic is the one that scoring trains on, the Gram matrix of permitted histories, so that a model learnt on devices
and one learnt in the gateway are the same kind of thing, and rank with the same code.

The package offers no names yet. It holds its place in the layers (above `consent` and `scoring`, below `gateway`), so
that the import contracts are in force before its first line of code.
"""

__all__: list[str] = []
