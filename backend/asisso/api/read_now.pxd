cpdef object read_now(int fd, Py_ssize_t max_bytes)
