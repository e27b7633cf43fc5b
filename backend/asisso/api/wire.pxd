cpdef object read_now(int fd, Py_ssize_t max_bytes)
cpdef bytes unmasked(bytes data, Py_ssize_t at, Py_ssize_t length)
