cimport cython

from asisso.agents.vad.gate cimport EnergyGate
from asisso.audio.samples cimport move, put, window_power

cdef class Window:
    cdef readonly long long ended_ms
    cdef readonly double power
    cdef readonly bint may_be_speech

cdef class Arrivals:
    cdef object _wake
    cdef list _ears
    cpdef void add(self, Ear ear)
    @cython.locals(ear=Ear)
    cpdef list look(self)

cdef class Ear:
    cdef readonly object owner
    cdef public bint is_gathered
    cdef public object on_sound
    cdef readonly long long dropped_windows
    cdef readonly long long agent_heard_ms
    cdef Py_ssize_t _look_back
    cdef object _rules
    cdef Arrivals _arrivals
    cdef object _surroundings
    cdef EnergyGate _gate
    cdef long long _now_ms
    cdef long long _heard_ms
    cdef bytearray _sound
    cdef Py_ssize_t _start
    cdef Py_ssize_t _cut
    cdef Py_ssize_t _end
    cdef list _windows
    cdef Py_ssize_t _judged
    cdef Py_ssize_t _judging
    cdef Py_ssize_t _waiting
    cdef Py_ssize_t _warm_up
    @cython.locals(size=Py_ssize_t, before=Py_ssize_t, arrivals=Arrivals)
    cpdef void hear(self, bytes sound, long long now_ms)
    @cython.locals(is_agent_heard=bint, is_idle=bint, power=double, may_be_speech=bint, ended_ms="long long")
    cpdef bint look(self)
    @cython.locals(window=Window, answer=Py_ssize_t, judging=Py_ssize_t, probability=double)
    cpdef bint judged(self, object probabilities)
    @cython.locals(now_ms="long long", counted_ms="long long", is_lost=bint)
    cdef long long _tick(self)
    cdef void _forget_all_but(self, Py_ssize_t windows)
    cdef void _forget_until(self, long long ended_ms)
    cdef void _forget(self, Py_ssize_t windows)
    cdef void _drop_oldest(self)
    cdef void _make_room(self, Py_ssize_t size)
