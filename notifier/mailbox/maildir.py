"""A maildir on this machine, with Maildir++ folders beside its inbox, as Dovecot, Postfix and getmail keep it."""

from collections.abc import Iterator
from pathlib import Path

from notifier.mailbox.places import DONE, KEPT, MOST_BYTES, Found, MailboxTrouble, too_large


class Maildir:
    """See `Mailbox`. The parts that wait are `new` and `cur`; a message is read whole and moved by one rename."""

    def __init__(self, path: Path) -> None:
        """Raises MailboxTrouble for a folder that is no maildir."""
        self.path = path
        if not (path / "new").is_dir() or not (path / "cur").is_dir():
            raise MailboxTrouble(f"{path} is no maildir: it has no folders `new` and `cur`; check BIDKEEPER_MAILBOX_MAILDIR")

    def waiting(self) -> Iterator[Found]:
        """See `Mailbox.waiting`. Names begin with the second of their delivery, so that their order is that of arrival."""
        names = [path.relative_to(self.path) for part in ("new", "cur") for path in self._files(self.path / part)]
        for name in sorted(names, key=lambda one: one.name):
            yield _read(self.path / name, str(name))

    def settle(self, name: str, *, taken: bool) -> None:
        """See `Mailbox.settle`. The flags are S (seen) or F (flagged, for a person to look at)."""
        old = self.path / name
        new = self._folder(DONE if taken else KEPT) / "cur" / f"{old.name.partition(':')[0]}:2,{'S' if taken else 'F'}"
        try:
            old.rename(new)
        except FileNotFoundError:
            return  # somebody else moved it
        except OSError as error:
            raise MailboxTrouble(f"{old} can't be moved to {new.parent}: {error.strerror}") from None

    def kept(self) -> int:
        """See `Mailbox.kept`."""
        return sum(len(self._files(self.path / f".{KEPT}" / part)) for part in ("new", "cur"))

    def close(self) -> None:
        """See `Mailbox.close`; there is nothing to let go of."""

    def _folder(self, name: str) -> Path:
        folder = self.path / f".{name}"
        try:
            for part in ("cur", "new", "tmp"):
                (folder / part).mkdir(parents=True, exist_ok=True)
            (folder / "maildirfolder").touch()
        except OSError as error:
            raise MailboxTrouble(f"the folder {folder} can't be made: {error.strerror}") from None
        return folder

    @staticmethod
    def _files(folder: Path) -> list[Path]:
        try:
            return [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise MailboxTrouble(f"{folder} can't be read: {error.strerror}") from None


def _read(path: Path, name: str) -> Found:
    try:
        size = path.stat().st_size
        return Found(name, None, too_large(size)) if size > MOST_BYTES else Found(name, path.read_bytes())
    except OSError as error:
        return Found(name, None, f"the file can't be read: {error.strerror}")
