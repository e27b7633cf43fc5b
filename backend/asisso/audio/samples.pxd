cpdef void put(bytearray samples, Py_ssize_t at, bytes sound)
cpdef void move(bytearray samples, Py_ssize_t start, Py_ssize_t end, Py_ssize_t to)
cpdef double window_power(bytearray samples, Py_ssize_t at)
