#!/usr/bin/env python3
"""Writes docs/api/SERVICE.md for every model; with --check only says which of them are not current (exit status 1)."""

import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def generate(service, target):
    models = ROOT / "models"
    command = [sys.executable, "-B", ROOT / "codegen" / "gannet_codegen", "docs", service, models / f"{service}.json"]
    command += ["--out", target, "--retry", models / f"{service}.retry.json", "--error-kinds", models / "error_kinds.json"]
    if (models / f"{service}.options.json").exists():
        command += ["--options", models / f"{service}.options.json"]
    subprocess.run(command, check=True)


def main():
    services = sorted(path.name.removesuffix(".retry.json") for path in (ROOT / "models").glob("*.retry.json"))
    folder = ROOT / "docs" / "api"
    stale = []
    with tempfile.TemporaryDirectory() as scratch:
        for service in services:
            page = folder / f"{service}.md"
            if "--check" not in sys.argv:
                generate(service, page)
                continue
            fresh = pathlib.Path(scratch) / page.name
            generate(service, fresh)
            if not page.exists() or page.read_text(encoding="utf-8") != fresh.read_text(encoding="utf-8"):
                stale.append(str(page.relative_to(ROOT)))
    if stale:
        sys.exit(f"not current: {', '.join(stale)}; run codegen/update_docs.py and review what changes")


if __name__ == "__main__":
    main()
