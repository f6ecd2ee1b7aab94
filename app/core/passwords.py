"""Passwords and one-time codes: argon2id hashes, what a password must be, and codes of an authenticator app."""

import time

import argon2
import pyotp

from gis.errors import Refused

LEAST, MOST = 10, 128
LEAST_DIFFERENT = 5
#: A code holds for 30 seconds, and for those before and after; one that is further off is told by how much.
STEP_SECONDS, NEAR_STEPS, FAR_STEPS = 30, 1, 10
ISSUER = "wuchuan"
#: 19 MiB, two passes, one lane. Source: OWASP Password Storage Cheat Sheet, argon2id.
_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
#: Compared with where there is no account or no password, so that this takes as long.
_NOBODY = _HASHER.hash("nobody")


def hashed(password: str) -> str:
    """The argon2id hash of a password with a salt of its own."""
    return _HASHER.hash(password)


def fits(password: str, password_hash: str) -> bool:
    """Whether the hash is that of the password; an empty one is nobody's, and takes as long to compare."""
    try:
        return _HASHER.verify(password_hash or _NOBODY, password) and bool(password_hash)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def check(password: str, again: str, *, account: str) -> None:
    """Nothing, when the password may be taken.

    Raises:
        Refused: the two differ, or it is too short, too long, too plain or holds the account's name.
    """
    if password != again:
        raise Refused("两次填的口令不一样", kind="bad_password")
    if not LEAST <= len(password) <= MOST:
        raise Refused(f"口令要 {LEAST} 到 {MOST} 个字符,可以是一句话", kind="bad_password")
    plain = password.casefold()
    if len(set(plain)) < LEAST_DIFFERENT or account.casefold() in plain or ISSUER in plain:
        raise Refused(
            f"口令太好猜:至少要有 {LEAST_DIFFERENT} 个不同的字符,不能含账户名和本系统的名称", kind="bad_password"
        )


def new_secret() -> str:
    """A new secret for an authenticator app, in base 32."""
    return pyotp.random_base32()


def address(secret: str, account_id: int) -> str:
    """What the app scans; of ASCII alone, since many scanners take Chinese for something else."""
    return pyotp.TOTP(secret).provisioning_uri(name=f"{account_id}", issuer_name=ISSUER)


def step_of(code: str, secret: str, *, now: float | None = None) -> int:
    """The time step of that code, which is near the present one.

    Raises:
        Refused: it is no code of these minutes; kind clock, it is one of some minutes earlier or later.
    """
    now = time.time() if now is None else now
    step, totp = int(now) // STEP_SECONDS, pyotp.TOTP(secret)
    digits = code.replace(" ", "")
    if digits.isascii():
        for off in sorted(range(-FAR_STEPS, FAR_STEPS + 1), key=abs):
            if not totp.verify(digits, for_time=(step + off) * STEP_SECONDS):
                continue
            if abs(off) <= NEAR_STEPS:
                return step + off
            minutes = max(1, round(abs(off) * STEP_SECONDS / 60))
            raise Refused(f"动态码差了约 {minutes} 分钟:手机和服务器的时钟不一致,请先校准,再用新的动态码", kind="clock")
    raise Refused("动态码不对,或已经过时", kind="bad_code")
