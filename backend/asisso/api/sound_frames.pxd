cimport cython

from asisso.api.wire cimport unmasked
from asisso.calls.caller_sound cimport CallerSound

@cython.locals(size=Py_ssize_t, length=Py_ssize_t)
cpdef Py_ssize_t take_sound(bytes data, Py_ssize_t at, Py_ssize_t max_bytes, CallerSound sound)
