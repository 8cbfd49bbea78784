"""`python -m api.translations` (or `make messages`): collect what is marked, and say what still wants a translation."""

from api.translations import HERE, update


def main() -> None:
    """Update each catalogue and name what it lacks."""
    for folder in sorted(one for one in HERE.iterdir() if (one / "LC_MESSAGES").is_dir()):
        catalog = update(folder.name)
        missing = [one.id for one in catalog if one.id and not (all(one.string) if one.pluralizable else one.string)]
        print(f"{folder.name}: {len(catalog)} texts, {len(missing)} without a translation")
        for text in missing:
            print(f"  {text!r}")


if __name__ == "__main__":
    main()
