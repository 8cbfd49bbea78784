"""Train the clause model on CUAD's labelled contracts and write `contracts/model/extraction.npz`.

    python -m bench.train_extraction --cuad FOLDER

FOLDER is CUAD v1 (The Atticus Project, CC BY 4.0) as `bench.cuad` describes it. scikit-learn fits; the file needs numpy only.
"""

import argparse
from pathlib import Path

from bench.cuad import contracts
from bench.learn_extraction import Prepared, fit
from contracts.extraction.ranker import save

FILE = Path(__file__).parent.parent / "contracts" / "model" / "extraction.npz"


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the clause model on CUAD's labelled contracts.")
    parser.add_argument("--cuad", type=Path, required=True, help="the folder with labels.json and txt/")
    parser.add_argument("--out", type=Path, default=FILE, help="the model file to write")
    chosen = parser.parse_args()
    every = contracts(chosen.cuad)
    kinds = sorted({kind for each in every for kind in each.answers})
    save(fit([Prepared(each) for each in every], kinds), chosen.out)
    print(f"{len(every)} contracts, {len(kinds)} kinds → {chosen.out} ({chosen.out.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
