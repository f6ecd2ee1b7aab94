"""Limits on one file, and on the child process that reads it."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds on one file and on the child process that reads it; sizes in MiB, times in seconds."""

    #: largest file that is looked at
    file_mib: int = 1024
    #: resident memory the child may take above its idle state, whatever the file's size ...
    memory_mib: int = 300
    #: ... and on top of that, for each byte of the file
    memory_per_byte: float = 8.0
    #: Arrow data accepted from the child, and on top of that for each byte of the file
    result_mib: int = 256
    result_per_byte: float = 32.0
    #: processor time from start to last table, whatever else the machine does ...
    cpu_s: float = 10.0
    cpu_s_per_mib: float = 8.0
    #: ... and how much longer than that it may take by the clock
    patience: float = 6.0
    #: unpacked size of an archive; over ``inflated_free_mib`` no more than ``inflated_ratio`` times the packed one
    inflated_mib: int = 2048
    inflated_free_mib: int = 32
    inflated_ratio: int = 100
    members: int = 2000
    #: brackets of JSON or WKT inside each other
    depth: int = 64

    def memory_bytes(self, size: int) -> int:
        """Resident memory above the idle child allowed for a file of ``size`` bytes."""
        return self.memory_mib * MIB + int(self.memory_per_byte * size)

    def inflated_bytes(self, size: int) -> int:
        """Bytes that an archive or gzip of ``size`` bytes may unpack to."""
        return min(self.inflated_mib * MIB, max(self.inflated_free_mib * MIB, self.inflated_ratio * size))

    def result_bytes(self, size: int) -> int:
        """Bytes accepted from the child for a file of ``size`` bytes."""
        return self.result_mib * MIB + int(self.result_per_byte * size)

    def processor_s(self, size: int) -> float:
        """Seconds of processor time allowed for a file of ``size`` bytes."""
        return self.cpu_s + self.cpu_s_per_mib * size / MIB

    def wall_s(self, size: int) -> float:
        """Seconds by the clock allowed for a file of ``size`` bytes."""
        return self.patience * self.processor_s(size)
