"""`make train`: make the shipped models again. `CUAD=FOLDER make train` makes the clause model too; its contracts are not in the repository."""

import os
import subprocess
import sys


def main() -> None:
    subprocess.run([sys.executable, "-m", "bench.train_routing", *sys.argv[1:]], check=True)
    folder = os.environ.get("CUAD")
    if folder:
        subprocess.run([sys.executable, "-m", "bench.train_extraction", "--cuad", folder], check=True)
    else:
        print("the clause model is left as it is: set CUAD to a folder of labelled contracts (docs/extraction.md)")


if __name__ == "__main__":
    main()
