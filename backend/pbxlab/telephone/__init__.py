"""A real SIP telephone for the bench: signalling (RFC 3261), audio (RFC 3550, 3551) and digits (RFC 4733).

    message, sdp, g711, codecs, digits, timeline,
    behaviour, outcome                             pure: bytes, text and arrays
    rtp                                            sockets and the steady clock of the audio
    transaction, dialog                            retransmission and the state of one SIP dialog
    call, telephone                                what tests and demonstrations use

All times (`*_at`) are seconds of the wall clock (`time.time()`), so that they can be compared with the
kernel's receive times and with other processes on the machine. Knows nothing of ARI or of any product.
"""

from pbxlab.telephone.behaviour import Answer, Behaviour, EarlyMedia, Reject, Ring
from pbxlab.telephone.call import PhoneCall
from pbxlab.telephone.codecs import ALAW, SLIN16, ULAW, Codec
from pbxlab.telephone.outcome import CallEnd, CallEnded, EndKind
from pbxlab.telephone.telephone import Telephone

__all__ = [
    "ALAW",
    "SLIN16",
    "ULAW",
    "Answer",
    "Behaviour",
    "CallEnd",
    "CallEnded",
    "Codec",
    "EarlyMedia",
    "EndKind",
    "PhoneCall",
    "Reject",
    "Ring",
    "Telephone",
]
