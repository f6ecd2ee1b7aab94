"""Restrict this process for good to computing and to reading and writing descriptors that are already open.

After ``lock_down`` the process opens no file, no socket and no other process, whatever a parser is talked into: a VRT
document, an external entity or a link finds nothing behind its name. It needs neither root nor user namespaces.
"""

import contextlib
import ctypes
import errno
import os
import platform
import resource
import struct
from pathlib import Path

#: calls that stay allowed, by machine; everything else answers EPERM, clone3 ENOSYS so that glibc falls back to clone
_ALLOWED = {
    "x86_64": (
        *(0, 1, 3, 8, 17, 19, 20),  # read write close lseek pread64 readv writev
        *(9, 10, 11, 12, 25, 28),  # mmap mprotect munmap brk mremap madvise
        *(13, 14, 15, 131),  # rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack
        *(24, 35, 96, 100, 202, 204, 219, 228, 229, 230),  # sched_yield nanosleep gettimeofday times futex ... clock_*
        *(39, 63, 98, 99, 186, 318, 324),  # getpid uname getrusage sysinfo gettid getrandom membarrier
        *(60, 231, 273, 334),  # exit exit_group set_robust_list rseq
        5,  # fstat
    ),
    "aarch64": (
        *(63, 64, 57, 62, 67, 65, 66),
        *(222, 226, 215, 214, 216, 233),
        *(134, 135, 139, 132),
        *(124, 101, 169, 153, 98, 123, 128, 113, 114, 115),
        *(172, 160, 165, 179, 178, 278, 283),
        *(93, 94, 99, 293),
        80,
    ),
}
#: AUDIT_ARCH_*, then clone, clone3, seccomp, newfstatat, fcntl
_MACHINES = {
    "x86_64": (0xC000003E, 56, 435, 317, 262, 72),
    "aarch64": (0xC00000B7, 220, 435, 277, 79, 25),
}
#: with these arguments only: threads but no processes, open descriptors but no names, locks on PROJ's open table
_CLONE_THREAD, _AT_EMPTY_PATH, _F_GETLK, _F_SETLK = 0x10000, 0x1000, 5, 6
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06  # BPF: ld word, jeq, jset, ret
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NR, _ARCH, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_SET_MODE_FILTER, _ALL_THREADS = 1, 1
_NOBODY = 65534
_SIGKILL = 9


class LockdownError(Exception):
    """This machine cannot be made safe for reading strangers' files; reading must not begin."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def lock_down(*, memory_bytes: int, cpu_s: int) -> int:
    """Resident bytes of this process, which with all its threads can now neither open, connect, start nor signal.

    ``memory_bytes`` is what it may still map, ``cpu_s`` its processor time from start to end.

    Raises:
        LockdownError: the kernel or the machine has no seccomp filter to offer, or the filter does not bite.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()
    mapped, resident = (int(count) * resource.getpagesize() for count in pages[:2])
    _limit_resources(mapped + memory_bytes, cpu_s)
    _become_nobody()
    libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)  # after the change of user, which would clear it
    _install_filter(libc)
    try:
        os.close(os.open("/", os.O_RDONLY))
    except PermissionError:
        return resident
    raise LockdownError("the seccomp filter is installed but lets files be opened")


def _limit_resources(mapped_bytes: int, cpu_s: int) -> None:
    limits = {
        resource.RLIMIT_AS: mapped_bytes,
        resource.RLIMIT_CPU: cpu_s,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for limit, value in limits.items():
        hard = resource.getrlimit(limit)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        # at the hard limit of time the kernel kills without saying why: let the soft one come first
        soft = max(bound - 1, 1) if limit == resource.RLIMIT_CPU else bound
        resource.setrlimit(limit, (soft, bound))


def _become_nobody() -> None:
    """Where root runs the service its reader does not; in a container without other users the filter stands alone."""
    if os.geteuid() == 0:
        with contextlib.suppress(OSError):
            os.setgroups([])
            os.setresgid(_NOBODY, _NOBODY, _NOBODY)
            os.setresuid(_NOBODY, _NOBODY, _NOBODY)


def _install_filter(libc: ctypes.CDLL) -> None:
    machine = platform.machine()
    if machine not in _MACHINES:
        raise LockdownError(f"no seccomp filter is written for {machine}")
    code = _filter(machine)
    program = _Program(length=len(code) // 8, filter=code)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise LockdownError(f"no_new_privs: {os.strerror(ctypes.get_errno())}")
    # the libraries may have started threads already: ALL_THREADS puts the filter on them too
    if libc.syscall(_MACHINES[machine][3], _SET_MODE_FILTER, _ALL_THREADS, ctypes.byref(program)) != 0:
        raise LockdownError(f"seccomp: {os.strerror(ctypes.get_errno())}")


def _filter(machine: str) -> bytes:
    """The BPF program: another architecture's numbers kill, listed calls and new threads pass, the rest is refused."""
    arch, clone, clone3, _, newfstatat, fcntl = _MACHINES[machine]
    steps = [
        *((_LOAD, 0, 0, _ARCH), (_EQUAL, 1, 0, arch), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, _NR)),
        *(step for number in _ALLOWED[machine] for step in ((_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW))),
        *((_EQUAL, 0, 1, clone3), (_RETURN, 0, 0, _ERRNO | errno.ENOSYS)),
        *_only_with(clone, 0, _ANY_BIT, _CLONE_THREAD),
        *_only_with(newfstatat, 3, _EQUAL, _AT_EMPTY_PATH),
        *_only_with(fcntl, 1, _EQUAL, _F_GETLK, _F_SETLK),
        (_RETURN, 0, 0, _ERRNO | errno.EPERM),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _only_with(call: int, argument: int, test: int, *values: int) -> list[tuple[int, int, int, int]]:
    """Steps that allow ``call`` when ``argument`` passes ``test`` with one of ``values`` and refuse it otherwise."""
    tests = [step for value in values for step in ((test, 0, 1, value), (_RETURN, 0, 0, _ALLOW))]
    refusal = (_RETURN, 0, 0, _ERRNO | errno.EPERM)
    return [(_EQUAL, 0, len(tests) + 2, call), (_LOAD, 0, 0, _ARGUMENTS + 8 * argument), *tests, refusal]
