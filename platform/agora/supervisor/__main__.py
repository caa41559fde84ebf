"""`python -m agora.supervisor run`: start the whole site on this machine and keep it running."""

import argparse
import os
import sys
from pathlib import Path

from agora.supervisor.errors import StopRequestedError, SupervisorError
from agora.supervisor.lock import VarLock
from agora.supervisor.options import Options
from agora.supervisor.rotation import write_log_to
from agora.supervisor.stack import Stack, welcome
from agora.supervisor.stops import StopWish


def main() -> int:
    """Read the command line and run; return 0 after a stop that was asked for, 1 after a failure, 2 for a wrong call."""
    options = _options()
    # Whatever the operator's umask: what is written below var is private.
    os.umask(0o077)
    lock = VarLock(options.var / "run")
    with StopWish() as wish:
        try:
            lock.acquire()
        except (SupervisorError, OSError) as error:
            print(f"Cannot start: {error}", file=sys.stderr)
            return 1
        write_log_to(options.var / "log" / "supervisor.log")
        try:
            return _run(options, wish)
        finally:
            lock.release()


def _run(options: Options, wish: StopWish) -> int:
    """Start, watch and stop; whatever happens in between, nothing is left behind."""
    stack = Stack(options, wish)
    status = 0
    try:
        address = stack.start()
        welcome(options, address)
        stack.watch()
        print("Stopping …", flush=True)
    except StopRequestedError:
        print("Stopping before the start was complete …", flush=True)
    except (SupervisorError, OSError) as error:
        print(f"Cannot go on: {error}", file=sys.stderr)
        status = 1
    finally:
        stack.stop()
    return status


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="python -m agora.supervisor", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="start the site; Ctrl-C or SIGTERM stops it, a second one hurries")
    run.add_argument("--port", type=_port, default=8000, help="TCP port, 0 for any free one (default: 8000)")
    run.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    run.add_argument("--var", type=Path, default=Path("var"), help="folder of all data (default: ./var)")
    run.add_argument("--no-demo", action="store_true", help="start without the demo content")
    run.add_argument("--no-runs", action="store_true", help="start no worker for baseline runs")
    run.add_argument(
        "--demo-identities", type=int, metavar="N", help="people in each part of the demo's synthetic data"
    )
    given = parser.parse_args()
    var = given.var.expanduser().absolute()
    chosen = {"has_demo": not given.no_demo, "has_runs": not given.no_runs}
    return Options(given.host, given.port, var, demo_identities=given.demo_identities, **chosen)


def _port(text: str) -> int:
    """Read a port number; argparse turns the error into a clear message."""
    if not text.isdecimal() or not 0 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number (0 to 65535)")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
