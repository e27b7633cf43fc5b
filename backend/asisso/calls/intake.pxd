cimport cython

cdef class Intake:
    cdef readonly long long frame_ms
    cdef readonly object heard_until_ms
    cdef readonly long long gaps
    cdef readonly long long filled_frames
    cdef readonly long long dropped_frames
    cdef bint _is_pausing
    cpdef long long gap_before(self, long long now_ms)
    cpdef long long gap_at(self, long long now_ms)
    cdef long long _fill(self, long long until_ms)
