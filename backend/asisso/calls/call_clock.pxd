cdef class CallClock:
    cdef double _began
    cpdef long long now_ms(self)
