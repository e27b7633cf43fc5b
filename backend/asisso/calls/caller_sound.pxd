cimport cython

from asisso.agents.ear cimport Ear
from asisso.calls.call_clock cimport CallClock
from asisso.calls.intake cimport Intake
from asisso.calls.track cimport Track

cdef bytes _SILENT_FRAME

cdef class CallerSound:
    cdef readonly bint may_wait
    cdef public bint is_connected
    cdef public bint is_open
    cdef public long long received_frames
    cdef readonly long long total_frames
    cdef CallClock _clock
    cdef Intake _intake
    cdef Track _track
    cdef Ear _ear
    cdef object _hear
    cdef object _hear_silence
    @cython.locals(now_ms="long long", gap="long long", ear=Ear)
    cpdef void take(self, bytes payload)
    @cython.locals(ear=Ear)
    cpdef void fill(self, long long frames, long long now_ms)
