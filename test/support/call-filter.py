"""Calls the filters of an Ansible filter plugin: one JSON object a line in, one out."""

import importlib.util
import json
import sys

spec = importlib.util.spec_from_file_location("plugin", sys.argv[1])
plugin = importlib.util.module_from_spec(spec)
spec.loader.exec_module(plugin)
filters = plugin.FilterModule().filters()

for line in sys.stdin:
    call = json.loads(line)
    try:
        answer = {"value": filters[call["filter"]](*call["arguments"])}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
