# cython: language_level=3
"""See read_now.py."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.exc cimport PyErr_SetFromErrno
from libc.errno cimport EAGAIN, EINTR, errno

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
