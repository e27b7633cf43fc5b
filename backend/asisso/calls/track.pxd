cimport cython

cdef class Track:
    cdef long long _rate
    cdef long long _snap
    cdef list _runs
    cdef bytearray _run
    cdef long long _end
    cdef bint _is_stopped
    @cython.locals(start="long long")
    cpdef void add(self, bytes sound, long long at_ms)
