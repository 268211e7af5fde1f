"""From solutions/ to marks: authoring, release, sandboxed run, judge, gradebook, report."""
