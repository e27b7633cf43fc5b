cdef class EnergyGate:
    cdef list _blocks
    cdef long long _count
    cdef long long _open_until
    cpdef bint admit(self, double power)
    cdef void _remember(self, long long count, double power)
