cimport cython

cdef class Intake:
    cdef readonly long long frame_ms
    cdef readonly long long heard_until_ms
    cdef readonly long long gaps
    cdef readonly long long filled_frames
    cdef readonly long long dropped_frames
    cdef bint _has_begun
    cdef bint _is_pausing
    @cython.locals(gap="long long")
    cpdef long long gap_before(self, long long now_ms)
    cpdef long long gap_at(self, long long now_ms)
    @cython.locals(missing_ms="long long", frames="long long")
    cdef long long _fill(self, long long until_ms)
