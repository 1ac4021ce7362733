"""Runs the recovery reader's command line many times in one process: a list of arguments as a line of JSON each, and what came of it as another."""

import contextlib
import io
import json
import os
import sys

sys.path.insert(0, os.path.dirname(sys.argv[1]))
sys.dont_write_bytecode = True
import osscrypt_recover  # noqa: E402

for line in sys.stdin:
    sys.argv[1:] = json.loads(line)
    code, out, err = 0, io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            osscrypt_recover.main()
        except SystemExit as end:
            # As Python does itself: a text is an error that is printed.
            code = end.code if isinstance(end.code, int) else 1
            if isinstance(end.code, str):
                print(end.code, file=sys.stderr)
    print(json.dumps({"code": code, "stdout": out.getvalue(), "stderr": err.getvalue()}), flush=True)
