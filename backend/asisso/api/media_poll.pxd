cimport cython

from asisso.api.wire cimport read_now
from asisso.api.sound_frames cimport take_sound
from asisso.calls.caller_sound cimport CallerSound

cdef class PolledSocket:
    cdef public bint is_between
    cdef CallerSound _sound
    cdef Py_ssize_t _max_bytes
    cdef object _owner
    cdef int _fd
    @cython.locals(size=Py_ssize_t, at=Py_ssize_t, data=bytes)
    cpdef void read(self)
    cpdef void close(self)

cdef class MediaPoll:
    cdef list _sockets
    cdef object _ticker
    @cython.locals(socket=PolledSocket, has_closed=bint)
    cpdef bint _poll(self)
