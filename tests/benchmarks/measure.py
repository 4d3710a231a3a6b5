"""Runs one measurement in a process of its own, and keeps what was measured as JSON lines."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from tests.benchmarks.ladder import INPUTS, ROOT

KEY = ("kind", "rung", "who", "repeat", "gap", "limit", "seed")
MEASURED = (ROOT / "models", ROOT / "planner", ROOT / "tests" / "oracle", INPUTS)
WORTH_ANOTHER_RUN = ("failed", "not installed")
PACKAGES = ("ortools", "pulp", "numpy")
_DIGEST_LENGTH = 12


def sources_digest():
    """The first digits of the SHA-256 of everything that the figures depend on."""
    digest = hashlib.sha256()
    for top in MEASURED:
        for path in sorted(top.rglob("*")):
            if path.suffix in {".py", ".csv", ".toml"}:
                digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:_DIGEST_LENGTH]


def machine_facts():
    """Cores, processor, memory, versions and the day, as the machine tells them."""
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "processor": _processor(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
        if hasattr(os, "sysconf")
        else None,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": versions,
        "day": datetime.now(UTC).date().isoformat(),
    }


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


@dataclass
class Keep:
    """The records of this run, and those of an earlier one that measured the same sources."""

    path: Path | None
    digest: str
    records: list[dict[str, Any]] = field(default_factory=list)
    strangers: int = 0
    """Records in the file that are of other sources and are not looked at."""

    @classmethod
    def opened(cls, path, *, any_source=False):
        """Opens a file of records, which need not exist; without a path nothing outlives the run."""
        keep = cls(path, sources_digest())
        for line in path.read_text(encoding="utf-8").splitlines() if path is not None and path.exists() else ():
            record = json.loads(line)
            if any_source or record["sources"] == keep.digest:
                keep._put(record)
            else:
                keep.strangers += 1
        return keep

    def known(self, **key):
        """The record with this key; None where there is none, or where another run may fare better."""
        found = next((one for one in self.records if _key(one) == _key(key)), None)
        return None if found is None or found.get("status") in WORTH_ANOTHER_RUN else found

    def add(self, record):
        """Adds a record, in the file at once so that a run that is ended loses nothing."""
        record = {**record, "sources": self.digest}
        self._put(record)
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
        return record

    def _put(self, record):
        """Takes a record in the place of an earlier one of its key."""
        self.records = [one for one in self.records if _key(one) != _key(record)] + [record]

    def of(self, kind, **values):
        """The records of a kind with these values, in order."""
        return [
            one
            for one in self.records
            if one["kind"] == kind and all(one.get(name) == value for name, value in values.items())
        ]


def _key(record):
    return tuple(record.get(name) for name in KEY)


def run_json(command, *, timeout, python=sys.executable):
    """What a module prints as JSON in its last line, or {"status": …} where it was ended or broke down.

    `command` is a module and its arguments. The process and all that it started are ended after `timeout` seconds.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
    with subprocess.Popen(
        [python, "-m", *(str(part) for part in command)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as process:
        try:
            out, trouble = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return {"status": "ended", "detail": f"ended after {timeout:.0f} s"}
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    if process.returncode or not out.strip():
        return {"status": "failed", "detail": trouble.strip()[-1500:]}
    return json.loads(out.strip().splitlines()[-1])
