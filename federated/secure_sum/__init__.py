"""The secure sum: a server learns the sum of many vectors and none of them.

Each device adds to its vector one mask of its own and one for each neighbour, which the neighbour subtracts. The neighbours'
masks cancel in the sum. The own mask is removed with its seed, of which each neighbour holds a Shamir share; of who dropped
out, it is the key of the neighbours' masks that is put together instead, never both. So a vector that was uploaded, and whose
owner withdrew before the sums were opened, stays under its own mask for ever.

    device                               server
    advertise()        ------------->    enter            two keys, signed by the device
    share(roster)      <------------>    take_shares      shares of both secrets, sealed for each neighbour
    upload(inbox, x)   <------------>    take_upload      x + own mask +- neighbours' masks, modulo 2**32
                                         close_uploads    who withdrew counts as dropped
    answer(request)    <------------>    take_answer      one share per device: of the one secret or of the other
                                         total            the sum of those who stayed

Source: Bonawitz et al., Practical Secure Aggregation for Privacy-Preserving Machine Learning (CCS 2017), protocol of figure 4
against a server that follows it; neighbours as in Bell et al., Secure Single-Server Aggregation (CCS 2020).
"""
