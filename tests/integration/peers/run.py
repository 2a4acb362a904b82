"""Other people's clients against the local cloud: python3 run.py GANNET [WORD ...]

Runs the cases of this folder's scripts (those whose name holds one of the words) on one cloud in memory. What the machine
lacks is skipped with a sentence. Status 1 if a case failed, 77 if there was nothing to run with.
"""

import importlib
import logging
import os
import pathlib
import sys
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

from cloud import Cloud  # noqa: E402
import harness  # noqa: E402


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        return 2
    words = sys.argv[2:]
    # Settings of whoever runs this must not reach the clients.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(AWS_EC2_METADATA_DISABLED="true", AWS_CONFIG_FILE=os.devnull,
                      AWS_SHARED_CREDENTIALS_FILE=os.devnull, no_proxy="127.0.0.1")
    logging.getLogger("botocore").setLevel(logging.CRITICAL)
    for script in sorted(HERE.glob("*.py")):
        if script.stem not in ("run", "harness"):
            importlib.import_module(script.stem)
    passed, failed, skipped = 0, 0, 0
    with Cloud(os.path.abspath(sys.argv[1]), "--memory") as cloud:
        for function in harness.CASES:
            name = f"{function.__module__}.{function.__name__}"
            if words and not any(word in name for word in words):
                continue
            try:
                function(cloud.url)
                passed += 1
                print(f"ok       {name}", flush=True)
            except harness.Skip as reason:
                skipped += 1
                print(f"skipped  {name}: {reason}", flush=True)
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print(f"FAILED   {name}\n{traceback.format_exc()}", flush=True)
        if cloud.end() != 0:
            failed += 1
            print("FAILED   the cloud did not end cleanly")
        errors = [line for line in cloud.log().splitlines() if '"level":"error"' in line or "ERROR:" in line]
        if errors:
            failed += 1
            print("FAILED   the cloud logged errors:", *errors, sep="\n  ")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    if failed:
        return 1
    return 0 if passed else 77


if __name__ == "__main__":
    sys.exit(main())
