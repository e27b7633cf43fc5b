# cython: language_level=3, boundscheck=False, wraparound=False
"""See samples.py."""

from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_GET_SIZE
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport int16_t, int64_t
from libc.string cimport memcpy, memmove

IS_COMPILED = True
WINDOW_SAMPLES = 512
WINDOW_BYTES = 1024


cpdef void put(bytearray samples, Py_ssize_t at, bytes sound):
    cdef Py_ssize_t size = PyBytes_GET_SIZE(sound)
    if at < 0 or at + size > PyByteArray_GET_SIZE(samples):
        raise IndexError("no room for these samples")
    memcpy(PyByteArray_AS_STRING(samples) + at, PyBytes_AS_STRING(sound), size)


cpdef void move(bytearray samples, Py_ssize_t start, Py_ssize_t end, Py_ssize_t to):
    cdef Py_ssize_t size = PyByteArray_GET_SIZE(samples)
    if not (0 <= start <= end <= size and 0 <= to and to + end - start <= size):
        raise IndexError("no such samples")
    memmove(PyByteArray_AS_STRING(samples) + to, PyByteArray_AS_STRING(samples) + start, end - start)


cpdef double window_power(bytearray samples, Py_ssize_t at):
    if at < 0 or at + 1024 > PyByteArray_GET_SIZE(samples):
        raise IndexError("no window there")
    cdef const int16_t *window = <const int16_t *>(PyByteArray_AS_STRING(samples) + at)
    cdef int64_t total = 0
    cdef int i
    for i in range(512):
        total += <int>window[i] * <int>window[i]
    return <double>total / 512.0
