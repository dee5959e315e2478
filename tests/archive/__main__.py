"""Run an archive by hand: ``python -m tests.archive``."""

from __future__ import annotations

import argparse
import signal
import sys
import time

from tests.archive.server import Archive
from tests.archive.store import Store


def main() -> None:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with (
        Store() as store,
        Archive(
            store, port=options.port, settle=options.settle, gated=not options.direct
        ) as archive,
    ):
        _say(archive, options)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            _print("\nThe archive has ended; everything in it is gone.")


def _say(archive: Archive, options: argparse.Namespace) -> None:
    """Print how to talk to the archive: the first lines are one ``key value`` each."""
    for _ in range(options.dandisets):
        _print(f"dandiset {archive.create_dandiset()}")
    for _ in range(options.embargoed):
        _print(f"embargoed {archive.create_dandiset(embargoed=True)}")
    setting = f"env DANDI_NO_ET=1 '{archive.token_variable}={archive.token}'"
    _print(
        f"""url {archive.url}
token {archive.token}
token-of-a-stranger {archive.strangers_token}
token-of-a-pending-account {archive.pending_token}
variable {archive.token_variable}

In a folder whose dandiset.yaml says "identifier: DANDI:000001":

  {setting} dandi upload -i {archive.url}
  {setting} posecheck upload -i {archive.url}
  {setting} dandi download {archive.url}/dandiset/000001/draft

Faults: POST a JSON list to {archive.url}/_faults, for example
[{{"path": "/initialize", "status": 503, "times": 2}}]; DELETE ends them.
GET {archive.url}/_log shows what was requested. End with Ctrl-C."""
    )


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.archive", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--dandisets", type=int, default=1, help="open dandisets to begin with")
    parser.add_argument("--embargoed", type=int, default=0, help="embargoed ones to begin with")
    parser.add_argument("--settle", type=float, default=0.5, help="seconds until results")
    parser.add_argument(
        "--direct",
        action="store_true",
        help="leave out the gate to the store: no faults there, but faster",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
