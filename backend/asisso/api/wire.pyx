# cython: language_level=3
"""See wire.py."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.exc cimport PyErr_SetFromErrno
from libc.errno cimport EAGAIN, EINTR, errno
from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy

cdef extern from "<sys/socket.h>" nogil:
    int MSG_DONTWAIT
    Py_ssize_t recv(int fd, void *buffer, size_t size, int flags)

cdef enum:
    MOST = 65536

# The interpreter's lock guards it: nothing here gives that away.
cdef char kept[MOST]


cpdef object read_now(int fd, Py_ssize_t max_bytes):
    cdef Py_ssize_t got = recv(fd, kept, min(max_bytes, MOST), MSG_DONTWAIT)
    if got >= 0:
        return PyBytes_FromStringAndSize(kept, got)
    if errno == EAGAIN or errno == EINTR:
        return None
    PyErr_SetFromErrno(OSError)


cpdef bytes unmasked(bytes data, Py_ssize_t at, Py_ssize_t length):
    if at < 0 or length < 0 or at + 4 + length > PyBytes_GET_SIZE(data):
        raise ValueError("the frame ends before its payload")
    cdef const char *source = PyBytes_AS_STRING(data) + at
    cdef bytes payload = PyBytes_FromStringAndSize(NULL, length)
    cdef char *target = PyBytes_AS_STRING(payload)
    cdef uint32_t mask
    cdef uint64_t wide, word
    cdef Py_ssize_t i = 0
    memcpy(&mask, source, 4)
    source += 4
    wide = mask | (<uint64_t>mask << 32)
    while i + 8 <= length:
        memcpy(&word, source + i, 8)
        word ^= wide
        memcpy(target + i, &word, 8)
        i += 8
    while i < length:
        target[i] = source[i] ^ (<char *>&mask)[i & 3]
        i += 1
    return payload
