"""`make bench`: every measurement that needs nothing but this repository, one after the other, each in a process of its own."""

import platform
import subprocess
import sys
from pathlib import Path

MEASUREMENTS = ("bench.routing", "bench.added_desks", "bench.crawl", "bench.outbox")


def main() -> None:
    print(
        f"{platform.processor() or platform.machine()}, {cores()} cores, Python {platform.python_version()}, {platform.system()}"
    )
    failed = []
    for name in MEASUREMENTS:
        print(f"\n== {name}", flush=True)
        if subprocess.run([sys.executable, "-m", name], check=False).returncode:
            failed.append(name)
    print("\nbench.extraction needs a folder of CUAD contracts: python -m bench.extraction --cuad FOLDER")
    if failed:
        sys.exit(f"not measured: {', '.join(failed)}")


def cores() -> int:
    """Processor cores, as the kernel counts them."""
    return Path("/proc/cpuinfo").read_text("utf-8").count("processor\t") if Path("/proc/cpuinfo").exists() else 0


if __name__ == "__main__":
    main()
